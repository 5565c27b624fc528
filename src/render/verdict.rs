//! A verdict on one line.

use moss_api::Review;

use crate::render::sanitize;

/// `rejected 2/5, round 1: page_size is ignored`
pub fn verdict(review: &Review, lead: &str) -> String {
    let said: Vec<_> =
        [&review.issues, &review.comment].into_iter().filter(|t| !t.trim().is_empty()).collect();
    let said: Vec<_> = said.into_iter().map(|t| sanitize::line(t.trim())).collect();
    let Review { result, score, round, .. } = review;
    let colon = if said.is_empty() { "" } else { ": " };
    format!("{lead}{result} {score}/5, round {round}{colon}{}", said.join("; "))
}

//! A verdict: on one line, or at a terminal with what was said below it.

use moss_api::Review;

use crate::render::sanitize;
use crate::render::sheet::Sheet;

/// `rejected 2/5, round 1: page_size is ignored`
pub fn verdict(review: &Review, lead: &str) -> String {
    let said: Vec<_> =
        [&review.issues, &review.comment].into_iter().filter(|t| !t.trim().is_empty()).collect();
    let said: Vec<_> = said.into_iter().map(|t| sanitize::line(t.trim())).collect();
    let Review { result, score, round, .. } = review;
    let colon = if said.is_empty() { "" } else { ": " };
    format!("{lead}{result} {score}/5, round {round}{colon}{}", said.join("; "))
}

/// `↻ rejected  2/5, round 1, 2026-11-20T10:12Z`, and below it what was said.
pub fn verdict_on(sheet: &mut Sheet<'_>, review: &Review) {
    let Review { result, score, round, created_at, .. } = review;
    sheet
        .marked(&result.to_string(), &format!("{score}/5, round {round}, {}", created_at.minute()));
    for said in [&review.issues, &review.comment] {
        sheet.quoted(said);
    }
}

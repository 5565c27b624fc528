//! A verdict: a line, and below it what was said.

use moss_api::Review;

use crate::render::lines::Lines;
use crate::render::sheet::Sheet;

/// `rejected 2/5, round 1`, what is wrong, and what the reviewer adds.
pub fn verdict(lines: &mut Lines, review: &Review, lead: &str) {
    let Review { result, score, round, .. } = review;
    let colon = if said(review).is_empty() { "" } else { ":" };
    lines.push(format!("{lead}{result} {score}/5, round {round}{colon}"));
    for said in said(review) {
        lines.quote(said);
    }
}

/// `↻ rejected  2/5, round 1, 2026-11-20T10:12Z`, and below it what was said.
pub fn verdict_on(sheet: &mut Sheet<'_>, review: &Review) {
    let Review { result, score, round, created_at, .. } = review;
    sheet
        .marked(&result.to_string(), &format!("{score}/5, round {round}, {}", created_at.minute()));
    for said in said(review) {
        sheet.quoted(said);
    }
}

fn said(review: &Review) -> Vec<&str> {
    let texts = [review.issues.as_str(), review.comment.as_str()];
    texts.into_iter().filter(|text| !text.trim().is_empty()).collect()
}

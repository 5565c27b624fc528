//! Questions and answers, in a packet and by themselves.

use moss_api::{Leftover, short_id};

use crate::hints;
use crate::render::lines::Lines;
use crate::render::sanitize::quoted;

/// What a question is about, in words.
pub fn asked_about(question: &Leftover) -> String {
    let (what, id) = match &question.sub_task_id {
        Some(id) => ("sub-task", id),
        None => ("task", &question.task_id),
    };
    format!("{what} {} {}", short_id(id), quoted(&question.name))
}

/// What was asked, and what the answer is.
pub fn answer_text(out: &mut Lines, question: &Leftover) {
    out.theirs("asked", &question.text);
    if let Some(answer) = &question.answer {
        out.theirs("answer", answer);
    }
}

/// A question, and how to answer it.
pub fn question_lines(out: &mut Lines, question: &Leftover) {
    let (id, by) = (short_id(&question.id), quoted(&question.agent_name));
    out.head(format!("ASKED {id} by {by} about {}", asked_about(question)));
    out.quote(&question.text);
    out.next(&hints::answer(id));
}

/// An answer, and how to say that it was read.
pub fn answer_lines(out: &mut Lines, answered: &Leftover) {
    let id = short_id(&answered.id);
    out.head(format!("ANSWERED {id} about {}", asked_about(answered)));
    answer_text(out, answered);
    out.next(&hints::read_answer(id));
}

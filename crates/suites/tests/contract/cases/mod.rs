//! The table, by resource; each list runs in order, on a fresh server, once for each target.

mod agents;
mod conventions;
mod logs;
mod pages;
mod reviews;
mod rules;
mod scores;
mod sub_tasks;
mod tasks;

use crate::case::run;
use crate::world::Target;

macro_rules! on_both {
    ($($list:ident),+) => {
        mod original {
            $(#[test] fn $list() { super::run(super::Target::Original, &super::$list::cases()) })+
        }
        mod ours {
            $(#[test] fn $list() { super::run(super::Target::Ours, &super::$list::cases()) })+
        }
    };
}

on_both!(agents, conventions, logs, pages, reviews, rules, scores, sub_tasks, tasks);

//! The table, by resource; each list runs in order, on a fresh server, once for each target.

mod admin;
mod agents;
mod conventions;
mod logs;
mod ours_alone;
mod pages;
mod reviews;
mod rules;
mod scores;
mod sub_tasks;
mod tasks;

use crate::case::{Case, run};
use crate::world::Target;

macro_rules! on_both {
    ($($list:ident),+) => {
        mod original {
            $(#[test] fn $list() { super::run(super::Target::Original, &super::$list::cases()) })+
        }
        mod ours {
            $(#[test] fn $list() { super::run(super::Target::Ours, &super::$list::cases()) })+

            #[test]
            fn ours_alone() {
                super::run(super::Target::Ours, &super::ours_alone::cases());
            }

            #[test]
            fn admin() {
                for (_, cases) in super::admin::all() {
                    super::run(super::Target::Ours, &cases);
                }
            }

            /// What answers with no JSON is asked in `surface.rs` and in the server's own tests.
            #[test]
            fn every_route_is_asked() {
                let mut all = super::ours_alone::cases();
                all.extend(super::admin::all().into_iter().flat_map(|(_, cases)| cases));
                $(all.extend(super::$list::cases());)+
                super::every_route_is_asked(&all);
            }
        }
    };
}

on_both!(agents, conventions, logs, pages, reviews, rules, scores, sub_tasks, tasks);

/// Every route of the description that answers with JSON is asked by some case.
fn every_route_is_asked(cases: &[Case]) {
    let description = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let description = std::fs::read_to_string(description).unwrap();
    let description: serde_json::Value = serde_json::from_str(&description).unwrap();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys().map(|method| method.to_uppercase());
        let methods = methods.filter(|it| matches!(it.as_str(), "GET" | "POST" | "PUT" | "DELETE"));
        for method in methods.filter(|_| path.starts_with("/api/")) {
            let is_asked = cases.iter().any(|case| case.asks(&method, path));
            assert!(is_asked, "no case asks {method} {path}");
        }
    }
}

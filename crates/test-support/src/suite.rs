//! A test target whose tests need more than every machine has. It runs without the built-in
//! harness, which cannot ignore a test at run time.
//!
//! A file lists its tests in [`tests!`](crate::tests), each with what it needs; one that is left
//! out is dead code to the compiler. `main` hands the lists to [`run`].

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::needs::{SQLITE, is_demanded, is_missing};

/// A test and what it needs.
#[derive(Clone, Copy)]
pub struct Test {
    /// With the path of its module.
    pub name: &'static str,
    /// Programs, and the rights in [`crate::needs`].
    pub needs: &'static [&'static str],
    pub run: fn(),
}

/// The tests of a file, as its `TESTS`.
///
/// ```text
/// test_support::tests![a_plain_one, one_in_zsh needs ["zsh", "script"]];
/// ```
#[macro_export]
macro_rules! tests {
    ($($name:ident $(needs $needs:expr)?),* $(,)?) => {
        /// The tests of this file, each with what it needs.
        pub const TESTS: &[$crate::suite::Test] = &[$(
            $crate::suite::Test {
                name: concat!(module_path!(), "::", stringify!($name)),
                needs: $crate::tests!(@ $($needs)?),
                run: $name,
            }
        ),*];
    };
    (@) => { &[] };
    (@ $needs:expr) => { &$needs };
}

/// Runs the tests the arguments ask for. One whose needs are not met is ignored with the name of
/// what is missing, or fails where that is forbidden.
pub fn run(files: &[&[Test]]) -> ExitCode {
    run_with(files, &[])
}

/// The same, where some files' tests are of what only SQLite has.
pub fn run_with(files: &[&[Test]], on_sqlite: &[&[Test]]) -> ExitCode {
    let all = files.iter().map(|file| (file, None));
    let all = all.chain(on_sqlite.iter().map(|file| (file, Some(SQLITE))));
    let tests = all.flat_map(|(file, need)| file.iter().map(move |test| (*test, need)));
    let trials = tests.map(|(test, need)| {
        let name = test.name.split_once("::").map_or(test.name, |(_, name)| name);
        Trial::ignorable_test(name, move || attempt(test, need))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn attempt(test: Test, need: Option<&'static str>) -> Result<Completion, Failed> {
    let needs = test.needs.iter().copied().chain(need);
    let missing: Vec<&str> = needs.filter(|need| is_missing(need)).collect();
    if missing.is_empty() {
        (test.run)();
        return Ok(Completion::Completed);
    }
    let needs = format!("needs {}", missing.join(", "));
    if missing.into_iter().any(is_demanded) {
        return Err(format!("{needs}: not here, and no test may be skipped").into());
    }
    Ok(Completion::ignored_with(needs))
}

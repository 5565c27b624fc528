//! What tests of the e2e suite measure, with a server as it is shipped.

use anyhow::{Context, Result, ensure};

use super::tools::Tools;
use crate::workspace::{cargo, root};

/// Runs the tests of that name, one after another. They write what they measure into the file that
/// the variable names.
pub fn told(tools: &Tools, name: &str, variable: &str) -> Result<String> {
    let scratch = tempfile::tempdir_in(root().join("target"))?;
    let report = scratch.path().join("report");
    let suite = ["test", "--quiet", "--package", "suites", "--test", "e2e", "--"];
    let status = cargo()
        .current_dir(root())
        .args(suite)
        .args([name, "--test-threads", "1"])
        .env("MOSS_TESTS_SERVER", &tools.server)
        .env(variable, &report)
        .status()?;
    ensure!(status.success(), "{name}: {status}");
    std::fs::read_to_string(report).with_context(|| format!("{name} measured nothing"))
}

//! Disks that only one process sees.

use std::io::Write;
use std::process::Command;

/// A command that runs its arguments in a mount namespace of their own, or none where that is
/// not permitted: then the test is skipped, loudly.
pub fn namespace() -> Option<Command> {
    for flags in [&["--mount"][..], &["--map-root-user", "--mount"]] {
        let mut unshare = Command::new("unshare");
        unshare.args(flags);
        let mut probe = Command::new("unshare");
        let probed = probe.args(flags).args(["mount", "-t", "tmpfs", "none", "/mnt"]).output();
        if probed.is_ok_and(|output| output.status.success()) {
            return Some(unshare);
        }
    }
    // Not eprintln: the test harness would keep that to itself.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED a test of full and read-only disks: this user may not mount a tmpfs in a \
         namespace of its own (unshare --mount)"
    );
    None
}

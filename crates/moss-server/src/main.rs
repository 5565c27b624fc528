//! `moss-server`.

fn main() -> std::process::ExitCode {
    moss_server::cli::main()
}

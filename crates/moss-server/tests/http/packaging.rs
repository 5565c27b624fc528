//! What the published files do unless told otherwise.

#[test]
fn the_compose_file_publishes_to_this_machine_only() {
    let text = include_str!("../../../../docker-compose.yml");
    let ports: Vec<&str> = text
        .lines()
        .skip_while(|line| line.trim() != "ports:")
        .skip(1)
        .map(str::trim)
        .take_while(|line| line.starts_with('-'))
        .collect();
    assert_eq!(ports, ["- \"${MOSS_PUBLISH:-127.0.0.1}:6565:6565\""]);
}

//! Environment variables: every name moss listens to, and what it does.

/// Names the server.
pub const SERVER_VARIABLE: &str = "MOSS_SERVER";
/// Carries the key.
pub const KEY_VARIABLE: &str = "MOSS_API_KEY";
/// Names the profile.
pub const PROFILE_VARIABLE: &str = "MOSS_PROFILE";
/// Carries the registration token.
pub const TOKEN_VARIABLE: &str = "MOSS_REGISTRATION_TOKEN";
/// Names another place than the server for releases.
pub const RELEASES_VARIABLE: &str = "MOSS_RELEASES";
/// Names who vouches for an https server.
pub const CA_FILE_VARIABLE: &str = "MOSS_CA_FILE";
/// Names what is shown to an https server that asks.
pub const CLIENT_CERT_VARIABLE: &str = "MOSS_CLIENT_CERT";
/// Keeps moss from asking anything.
pub const NO_INPUT_VARIABLE: &str = "MOSS_NO_INPUT";
/// Keeps colours out of the output.
pub const NO_COLOR_VARIABLE: &str = "NO_COLOR";
/// Tells how wide a terminal is that does not know it.
pub const COLUMNS_VARIABLE: &str = "COLUMNS";

/// Every variable that changes what moss does, and how, for people. A test looks for others.
pub const VARIABLES: &[(&str, &str)] = &[
    (SERVER_VARIABLE, "URL of the server, instead of the profile's"),
    (KEY_VARIABLE, "the agent's key, instead of the profile's"),
    (PROFILE_VARIABLE, "name or path of the profile, instead of the nearest .moss"),
    (TOKEN_VARIABLE, "the token that moss register needs"),
    (RELEASES_VARIABLE, "URL of a folder with releases, instead of the server's"),
    (CA_FILE_VARIABLE, "as --ca-file"),
    (CLIENT_CERT_VARIABLE, "as --client-cert"),
    (NO_INPUT_VARIABLE, "nothing is ever asked, when it is not empty"),
    (NO_COLOR_VARIABLE, "no colours, when it is not empty"),
    (
        "CLICOLOR_FORCE, CLICOLOR, TERM",
        "else colours at a terminal, unless CLICOLOR is 0 or TERM is dumb",
    ),
    (COLUMNS_VARIABLE, "columns of a terminal that does not tell its size"),
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "the way to a server that is not on this machine"),
];

/// A variable's value; one that is empty counts as not set.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

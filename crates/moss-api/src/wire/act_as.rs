//! The name of an agent in a header: any Unicode, where only ASCII travels safely.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode, utf8_percent_encode};

/// What stands for itself in a header's value but must not here.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// A name, an id or its beginning, as the value of [`crate::ACT_AS_HEADER`]: UTF-8, with
/// everything that is not visible ASCII percent-encoded.
pub fn act_as_value(agent: &str) -> String {
    utf8_percent_encode(agent, ESCAPED).to_string()
}

/// What such a value stands for; none when it is not UTF-8.
pub fn act_as_agent(value: &[u8]) -> Option<String> {
    percent_decode(value).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::{act_as_agent, act_as_value};

    #[test]
    fn every_name_survives_the_header() {
        for name in ["AI-Wu", "100% %41", " Ünïcödé 日本語 🚀 ", "a:b;c,\"d\"", "\u{202e}x\u{85}"]
        {
            let value = act_as_value(name);
            assert!(value.bytes().all(|b| b.is_ascii_graphic()), "{value}");
            assert_eq!(act_as_agent(value.as_bytes()).as_deref(), Some(name));
        }
        assert_eq!(act_as_value("AI-Wu"), "AI-Wu");
        assert_eq!(act_as_agent("日本".as_bytes()).as_deref(), Some("日本"));
        assert_eq!(act_as_agent(b"%ff"), None);
    }
}

use proptest::prelude::*;

use super::super::write::tests::message;
use super::*;

fn parse(bytes: &[u8]) -> Result<Message, Garbage> {
    let (head, rest) = bytes.split_first_chunk().ok_or(Garbage)?;
    let head = Head::parse(head)?;
    let rest = rest.get(..head.rest()).ok_or(Garbage)?;
    Message::parse(&head, Zeroizing::new(rest.to_vec()))
}

fn reader(bytes: &[u8]) -> Reader<'_> {
    Reader { bytes, at: 0, big_endian: false }
}

#[test]
fn answers_are_read_back() {
    let bytes = message(RETURN, 3, "", "(oayays)", |writer| {
        writer.structure();
        writer.string("/a/b_1");
        writer.bytes(b"");
        writer.bytes(b"secret");
        writer.string("text/plain");
    });
    let answer = parse(&bytes).unwrap();
    assert_eq!((answer.kind, answer.reply_to), (Kind::Return, 3));
    assert!(answer.body("o").is_err(), "other types than asked for");
    let mut body = answer.body("(oayays)").unwrap();
    body.structure().unwrap();
    assert_eq!(body.path(), Ok("/a/b_1"));
    assert_eq!((body.bytes(), body.bytes()), (Ok(&b""[..]), Ok(&b"secret"[..])));
    assert_eq!(body.string(), Ok("text/plain"));
    assert_eq!(body.u8(), Err(Garbage), "nothing is left");
}

#[test]
fn lists_of_paths_are_read_back() {
    let bytes = message(RETURN, 1, "", "aoao", |writer| {
        writer.array(4, |writer| ["/a", "/b/cd"].iter().for_each(|path| writer.string(path)));
        writer.array(4, |_| ());
    });
    let answer = parse(&bytes).unwrap();
    let mut body = answer.body("aoao").unwrap();
    assert_eq!(body.paths().unwrap(), ["/a", "/b/cd"]);
    assert!(body.paths().unwrap().is_empty());
}

#[test]
fn a_big_endian_answer_is_read() {
    let bytes = b"B\x02\0\x01\0\0\0\x07\0\0\0\x09\0\0\0\x0f\
        \x05\x01u\0\0\0\0\x02\x08\x01g\0\x01s\0\0\0\0\0\x02hi\0";
    let answer = parse(bytes).unwrap();
    assert_eq!((answer.kind, answer.reply_to), (Kind::Return, 2));
    assert_eq!(answer.body("s").unwrap().string(), Ok("hi"));
}

#[test]
fn an_error_has_a_name_that_can_be_shown() {
    let name = |name| parse(&message(ERROR, 1, name, "", |_| ())).map(|answer| answer.error);
    assert_eq!(name("org.Error.Is_Locked"), Ok("org.Error.Is_Locked".to_owned()));
    for bad in ["", "a b", "a\x1b[31m", "é", &"a".repeat(256)] {
        assert_eq!(name(bad), Err(Garbage), "{bad}");
    }
}

#[test]
fn a_head_that_promises_too_much_is_refused() {
    let head = |body: u32, fields: u32, start: &[u8; 4]| {
        let mut bytes = [0; HEAD_BYTES];
        bytes[..4].copy_from_slice(start);
        bytes[4..8].copy_from_slice(&body.to_le_bytes());
        bytes[12..].copy_from_slice(&fields.to_le_bytes());
        Head::parse(&bytes).is_ok()
    };
    let most = (MAX_BYTES - HEAD_BYTES) as u32;
    assert!(head(most, 0, b"l\x02\0\x01") && head(0, most, b"l\x02\0\x01"));
    for (body, fields) in [(most + 1, 0), (0, most + 1), (most, 1), (u32::MAX, u32::MAX)] {
        assert!(!head(body, fields, b"l\x02\0\x01"), "{body} {fields}");
    }
    assert!(!head(0, 0, b"x\x02\0\x01"), "no byte order");
    assert!(!head(0, 0, b"l\x02\0\x02"), "another version");
    assert!(parse(b"l\0\0\x01\0\0\0\0\x01\0\0\0\0\0\0\0").is_err(), "no kind");
}

#[test]
fn values_that_are_none_are_refused() {
    assert_eq!(reader(b"\x02\0\0\0hi").string(), Err(Garbage), "no nul after it");
    assert_eq!(reader(b"\x02\0\0\0hix").string(), Err(Garbage), "something else after it");
    assert_eq!(reader(b"\x02\0\0\0\0i\0").string(), Err(Garbage), "a nul in it");
    assert_eq!(reader(b"\x02\0\0\0\xff\xfe\0").string(), Err(Garbage), "not UTF-8");
    assert_eq!(reader(b"\xff\xff\xff\xffhi\0").string(), Err(Garbage), "longer than there is");
    assert_eq!(reader(b"\x03\0\0\0ab").bytes(), Err(Garbage));
    assert_eq!(reader(b"\x05\0\0\0\x02\0\0\0/a\0").paths(), Err(Garbage), "ends within one");
    let mut padded = reader(b"a\0\x01\0\x07\0\0\0");
    assert_eq!((padded.u8(), padded.u32()), (Ok(b'a'), Err(Garbage)), "padding is zero");
}

#[test]
fn paths_are_paths() {
    for good in ["/", "/a", "/org/x_1/Z"] {
        assert!(is_path(good), "{good}");
    }
    for bad in ["", "a", "//", "/a/", "/a//b", "/a-b", "/a b", "/é"] {
        assert!(!is_path(bad), "{bad}");
    }
}

/// Reads everything in every way.
fn read_all(bytes: &[u8]) {
    let Ok(message) = parse(bytes) else { return };
    let Ok(body) = message.body(&message.signature) else { return };
    let again = || Reader { bytes: body.bytes, at: 0, big_endian: body.big_endian };
    let mut r = again();
    while r.string().is_ok() {}
    let mut r = again();
    while r.paths().is_ok() {}
    let mut r = again();
    while r.u8().is_ok() && r.structure().is_ok() && r.signature().is_ok() {}
    let mut r = again();
    let _ = (r.path(), r.bytes(), r.bytes(), r.u32());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn no_answer_with_bytes_changed_makes_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in any::<prop::sample::Index>(),
    ) {
        let mut bytes = message(RETURN, 1, "", "aoao", |writer| {
            writer.array(4, |writer| ["/a", "/b/cd"].iter().for_each(|path| writer.string(path)));
            writer.array(4, |writer| writer.string("/e"));
        });
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        read_all(&bytes);
        bytes.truncate(length.index(bytes.len()));
        read_all(&bytes);
    }

    #[test]
    fn what_is_written_is_read(texts in prop::collection::vec("[^\0]{0,20}", 0..8), bytes: Vec<u8>) {
        let signature = "s".repeat(texts.len()) + "ayu";
        let sent = message(RETURN, 9, "", &signature, |writer| {
            texts.iter().for_each(|text| writer.string(text));
            writer.bytes(&bytes);
            writer.u32(5);
        });
        let answer = parse(&sent).unwrap();
        let mut body = answer.body(&signature).unwrap();
        for text in &texts {
            prop_assert_eq!(body.string(), Ok(text.as_str()));
        }
        prop_assert_eq!((body.bytes(), body.u32()), (Ok(&bytes[..]), Ok(5)));
    }
}

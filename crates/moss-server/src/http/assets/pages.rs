//! Pages somebody put into a folder, such as the original's dashboard. They are read once, when the server
//! starts: no path of a URL ever reaches the file system.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::surface::has_pages;

/// Most bytes of all pages together.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// Most files.
const MOST_FILES: usize = 5_000;
/// The page for every address that is no file's: the pages find their own way from there.
const INDEX: &str = "index.html";
/// Files below it have the hash of what they say in their names.
const HASHED: &str = "assets/";
/// Nothing is loaded from elsewhere, and no other site shows them as its own.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

struct Page {
    content_type: HeaderValue,
    content: Bytes,
}

/// The pages by their paths, without the first slash.
#[derive(Default)]
pub(in crate::http) struct Pages(HashMap<String, Page>);

impl Pages {
    /// Reads a folder; none when it is empty text, or cannot be read: that is logged.
    pub fn read(folder: &Path) -> Self {
        let mut pages = Self::default();
        if folder.as_os_str().is_empty() {
            return pages;
        }
        let shown = folder.display();
        let mut room = MOST_BYTES;
        match pages.add(folder, "", &mut room) {
            Ok(()) if pages.0.contains_key(INDEX) => {
                tracing::info!("webui.static_dir: {} files of {shown} are served", pages.0.len());
                pages
            }
            Ok(()) => {
                tracing::warn!(
                    "webui.static_dir: there is no {INDEX} in {shown}: nothing is served"
                );
                Self::default()
            }
            Err(error) => {
                tracing::warn!(%error, "webui.static_dir: {shown} cannot be served");
                Self::default()
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, folder: &Path, prefix: &str, room: &mut u64) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            // What cannot be written in an address as it is, is no page; nor is what is hidden.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.~@+".contains(c);
            if name.starts_with('.') || !name.chars().all(is_plain) {
                continue;
            }
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.add(&entry.path(), &format!("{path}/"), room)?;
            } else if kind.is_file() {
                let size = entry.metadata()?.len();
                *room = room.checked_sub(size).ok_or_else(|| too_much("more than 64 MiB"))?;
                if self.0.len() == MOST_FILES {
                    return Err(too_much("more than 5,000 files"));
                }
                let kind = mime_guess::from_path(&name).first_or_octet_stream();
                let content_type = HeaderValue::from_str(&with_charset(kind.as_ref()))
                    .unwrap_or(HeaderValue::from_static("application/octet-stream"));
                let content = fs::read(entry.path())?.into();
                self.0.insert(path, Page { content_type, content });
            }
        }
        Ok(())
    }

    /// The page at an address: its file, else the first page; none for what is not read, or is asked of
    /// the server itself.
    pub fn find(&self, request: &Request) -> Option<Response> {
        let path = request.uri().path().strip_prefix('/')?;
        let is_read = *request.method() == Method::GET || *request.method() == Method::HEAD;
        if !is_read || !has_pages(request.extensions()) || path == "api" || path.starts_with("api/")
        {
            return None;
        }
        let (found, page) = match self.0.get(path) {
            Some(page) => (path, page),
            None => (INDEX, self.0.get(INDEX)?),
        };
        let cached = if found.starts_with(HASHED) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = [
            (header::CONTENT_TYPE, page.content_type.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static(cached)),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        Some((StatusCode::OK, headers, page.content.clone()).into_response())
    }
}

fn too_much(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, what)
}

fn with_charset(kind: &str) -> String {
    match kind {
        "text/html" | "text/css" | "text/javascript" | "text/plain" => {
            format!("{kind}; charset=utf-8")
        }
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Method;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(INDEX), "<p>first</p>").unwrap();
        fs::create_dir(folder.path().join("assets")).unwrap();
        fs::write(folder.path().join("assets/app-1.js"), "go()").unwrap();
        fs::write(folder.path().join(".secret"), "no").unwrap();
        folder
    }

    fn ask(pages: &Pages, method: &Method, uri: &str) -> Option<(String, String)> {
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        let response = pages.find(&request)?;
        let header = |name| response.headers()[name].to_str().unwrap().to_owned();
        Some((header(header::CONTENT_TYPE), header(header::CACHE_CONTROL)))
    }

    #[test]
    fn a_file_is_served_and_the_first_page_for_everything_else() {
        let folder = folder();
        let pages = Pages::read(folder.path());
        let page = Some(("text/html; charset=utf-8".to_owned(), "no-cache".to_owned()));
        let script = ask(&pages, &Method::GET, "/assets/app-1.js").unwrap();
        assert_eq!(script.0, "text/javascript; charset=utf-8");
        assert!(script.1.ends_with("immutable"));
        for path in
            ["/", "/index.html", "/tasks/1", "//etc/passwd", "/..%2f..%2fetc/passwd", "/.secret"]
        {
            assert_eq!(ask(&pages, &Method::GET, path), page, "{path}");
        }
        for path in ["/api", "/api/", "/api/nothing"] {
            assert_eq!(ask(&pages, &Method::GET, path), None, "{path}");
        }
        assert_eq!(ask(&pages, &Method::POST, "/"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_nowhere() {
        let folder = folder();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("passwd.txt")).unwrap();
        assert!(!Pages::read(folder.path()).0.contains_key("passwd.txt"));
    }

    #[test]
    fn a_folder_without_a_first_page_or_without_itself_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Pages::read(folder.path()).0.is_empty());
        assert!(Pages::read(&folder.path().join("nowhere")).0.is_empty());
        assert!(Pages::read(Path::new("")).0.is_empty());
    }
}

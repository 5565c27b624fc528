//! Lists to take along: as a table for a spreadsheet, or as JSON, with the filters of the page. They are sent
//! while they are read.

use std::collections::HashSet;
use std::io;
use std::str::FromStr;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use maud::{Markup, html};
use moss_api::{MAX_PAGE_SIZE, Page};
use serde::Serialize;
use serde_json::Value;

use crate::domain::Error;
use crate::domain::queries::PageRequest;
use crate::web::layout::{self, Place};
use crate::web::list::{Asked, FORMAT};
use crate::web::person::Person;
use crate::web::viewer::Viewer;

/// Most rows that are sent: the newest.
const MOST_ROWS: usize = 10_000;
/// So that spreadsheets take the table for UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table, RFC 4180.
    Csv,
    /// One array.
    Json,
}

impl FromStr for Format {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

/// Links to the same list, to take along.
pub fn links(viewer: &Viewer, asked: &Asked) -> Markup {
    html! {
        p class="faint" {
            a href=(asked.with(FORMAT, "csv")) download { (viewer.words.as_table) } " · "
            a href=(asked.with(FORMAT, "json")) download { (viewer.words.as_json) }
        }
    }
}

/// Sends what `read` finds, a page after the other. When a later page cannot be read, the connection breaks
/// off, so that nobody takes a part for the whole.
pub async fn download<T, R, F>(person: &Person, place: Place, format: Format, read: R) -> Response
where
    T: Serialize + Send + 'static,
    R: Fn(PageRequest) -> F + Send + 'static,
    F: Future<Output = Result<Page<T>, Error>> + Send + 'static,
{
    let first = match read(PageRequest::new(1, MAX_PAGE_SIZE)).await {
        Ok(first) => first,
        Err(error) => return layout::found::<&str>(person, place, Err(error)),
    };
    let state = State { read, writer: Writer::new(format), next: Some(first) };
    let pieces = stream::try_unfold(Some(state), |state| async move {
        let Some(mut state) = state else { return Ok(None) };
        let Some(page) = state.next.take() else {
            return Ok(Some((Bytes::from(state.writer.end()), None)));
        };
        let piece = Bytes::from(state.writer.write(&page.items)?);
        if page.has_more && state.writer.count < MOST_ROWS {
            let next = (state.read)(PageRequest::after(&page)).await;
            state.next = Some(next.map_err(io::Error::other)?);
        }
        Ok::<_, io::Error>(Some((piece, Some(state))))
    });
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let name = place.path().trim_start_matches('/');
    let named = format!("attachment; filename=\"moss-{name}.{ending}\"");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, named.as_str())];
    (headers, Body::from_stream(pieces)).into_response()
}

/// What is left to be sent.
struct State<T, R> {
    read: R,
    writer: Writer,
    next: Option<Page<T>>,
}

/// Writes rows as they come.
struct Writer {
    format: Format,
    columns: Vec<String>,
    /// Of rows that were written: one may be read twice when others come before it meanwhile.
    ids: HashSet<String>,
    count: usize,
}

impl Writer {
    fn new(format: Format) -> Self {
        Self { format, columns: Vec::new(), ids: HashSet::new(), count: 0 }
    }

    /// These rows, written after those before.
    fn write(&mut self, rows: &[impl Serialize]) -> io::Result<Vec<u8>> {
        let mut values = Vec::new();
        for row in rows {
            let value = serde_json::to_value(row)?;
            let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
            if id.is_empty() || self.ids.insert(id.to_owned()) {
                values.push(value);
            }
        }
        let written = match self.format {
            Format::Csv => self.table(&values)?,
            Format::Json => self.array(&values),
        };
        self.count += values.len();
        Ok(written)
    }

    fn array(&self, rows: &[Value]) -> Vec<u8> {
        let before = |at: usize| if self.count + at == 0 { "[\n" } else { ",\n" };
        let rows = rows.iter().enumerate().map(|(at, row)| format!("{}{row}", before(at)));
        rows.collect::<String>().into_bytes()
    }

    fn table(&mut self, rows: &[Value]) -> io::Result<Vec<u8>> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        if let (true, Some(first)) = (self.columns.is_empty(), rows.first()) {
            self.columns =
                first.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
            csv.write_record(&self.columns)?;
        }
        for row in rows {
            let cell = |name: &String| row.get(name).map(cell).unwrap_or_default();
            csv.write_record(self.columns.iter().map(cell))?;
        }
        let written = csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        if self.count > 0 || written.is_empty() {
            return Ok(written);
        }
        Ok([BYTE_ORDER_MARK.as_bytes(), &written].concat())
    }

    /// What closes it.
    fn end(&self) -> &'static str {
        match (self.format, self.count) {
            (Format::Csv, _) => "",
            (Format::Json, 0) => "[]\n",
            (Format::Json, _) => "\n]\n",
        }
    }
}

/// A value as a cell. A text that a spreadsheet would take for a formula is made none: agents write them.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(format: Format, pages: &[&[Value]]) -> String {
        let mut writer = Writer::new(format);
        let mut all: Vec<u8> = pages.iter().flat_map(|rows| writer.write(rows).unwrap()).collect();
        all.extend(writer.end().as_bytes());
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn a_table_has_one_head_and_no_formula() {
        let one = json!({"id": "1", "text": "=HYPERLINK(\"x\")", "score": -2, "none": null});
        let two = json!({"id": "2", "text": "面包, \"rye\"\nand wheat", "score": 3, "none": null});
        let expected = "\u{feff}id,none,score,text\n1,,-2,\"'=HYPERLINK(\"\"x\"\")\"\n\
                        2,,3,\"面包, \"\"rye\"\"\nand wheat\"\n";
        let (first, second) = ([one.clone()], [one, two]);
        assert_eq!(written(Format::Csv, &[&first, &second]), expected);
        assert_eq!(written(Format::Csv, &[]), "");
    }

    #[test]
    fn json_is_one_array_over_all_pages() {
        let row = |id: &str| json!({ "id": id });
        let all = written(Format::Json, &[&[row("1"), row("2")], &[row("2"), row("3")]]);
        assert_eq!(
            serde_json::from_str::<Value>(&all).unwrap(),
            json!([row("1"), row("2"), row("3")])
        );
        assert_eq!(written(Format::Json, &[]), "[]\n");
    }
}

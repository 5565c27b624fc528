//! OpenAPI schemas of the types that write their JSON themselves. All others derive theirs.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use utoipa::__dev::ComposeSchema;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, SchemaType};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::{
    LeaseLength, LooseNumber, NextStep, OrUnknown, Page, Role, SubTaskStatus, Timestamp, WireWord,
};

/// A vocabulary: its words, each with its meaning.
pub fn words(doc: &str, words: &[(&str, &str)]) -> RefOr<Schema> {
    let mut description = joined(doc);
    for (word, meaning) in words {
        description.push_str(&format!("\n- `{word}`: {}", joined(meaning)));
    }
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .enum_values(Some(words.iter().map(|(word, _)| *word)))
        .description(Some(description))
        .into()
}

/// The lines of a doc comment as one.
fn joined(doc: &str) -> String {
    doc.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A text with its length. Where the limit is in bytes, no more characters fit either.
pub fn text(chars: RangeInclusive<usize>, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .min_length((*chars.start() > 0).then_some(*chars.start()))
        .max_length(Some(*chars.end()))
        .description(Some(joined(description)))
        .into()
}

/// A wrapper that is its content: nothing but the wrapped type's name is said.
macro_rules! transparent {
    ($($wrapper:ident),+) => {$(
        impl<T: ToSchema> ComposeSchema for $wrapper<T> {
            fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
                Ref::from_schema_name(T::name()).into()
            }
        }

        impl<T: ToSchema> ToSchema for $wrapper<T> {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($wrapper))
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push((T::name().into_owned(), T::schema()));
                T::schemas(schemas);
            }
        }
    )+};
}

// A server sends and takes no words but those it knows.
transparent!(OrUnknown, WireWord);

impl PartialSchema for LooseNumber {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .description(Some("A whole number; `\"5\"`, `5.0` and `true` are taken as well."))
            .into()
    }
}

impl ToSchema for LooseNumber {}

impl PartialSchema for LeaseLength {
    fn schema() -> RefOr<Schema> {
        text(2..=20, "How long a lease is, `1m` to `30d`: a whole number of `s`, `m`, `h` or `d`.")
    }
}

impl ToSchema for LeaseLength {}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("UTC, to the microsecond: `2026-11-20T09:45:00.123456Z`."))
            .into()
    }
}

impl ToSchema for Timestamp {}

// Its own variants would say each action as a schema of its own, and the one for what is unknown.
impl PartialSchema for NextStep {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        let action = text().description(Some("What to do, as in `show` or `list_sub_tasks`."));
        let id = text().description(Some("What to do it to: an id, or its beginning."));
        let task = text().description(Some("Only what belongs to this task."));
        let server = text().description(Some("Where agents reach the server."));
        ObjectBuilder::new()
            .description(Some("Something to do next; `moss` knows the command."))
            .property("action", action)
            .property("id", id)
            .property("task", task)
            .property("status", Ref::from_schema_name(SubTaskStatus::name()))
            .property("role", Ref::from_schema_name(Role::name()))
            .property("server", server)
            .required("action")
            .into()
    }
}

impl ToSchema for NextStep {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((SubTaskStatus::name().into_owned(), SubTaskStatus::schema()));
        schemas.push((Role::name().into_owned(), Role::schema()));
    }
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let number = |description: &str| {
            ObjectBuilder::new()
                .schema_type(SchemaType::new(Type::Integer))
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                .description(Some(description))
        };
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let more = ObjectBuilder::new().schema_type(SchemaType::new(Type::Boolean));
        ObjectBuilder::new()
            .description(Some("One page of a list."))
            .property("items", items.description(Some("The rows of this page.")))
            .property("total", number("Rows in the whole list."))
            .property("page", number("This page, from 1."))
            .property(
                "page_size",
                number("Rows in a page, which may be fewer than asked for; 0 when this is all."),
            )
            .property("total_pages", number("Pages in all, at least 1."))
            .property("has_more", more.description(Some("Whether a later page has rows.")))
            .required("items")
            .required("total")
            .required("page")
            .required("page_size")
            .required("total_pages")
            .required("has_more")
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("PageOf{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

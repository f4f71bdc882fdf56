//! How a command speaks: words for people, tab-separated values, or JSON; always whole, always escaped.
//!
//! Knows the three forms. Must not know what is said. Text from others is data: control characters never reach a
//! terminal.

mod json;
mod table;

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::Value;

use crate::cli::Global;
use crate::failure::Failure;

pub(crate) use table::{Column, table};

/// The form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    People,
    Plain,
    Json(Vec<String>),
}

/// Standard output in one form.
#[derive(Debug)]
pub(crate) struct Out {
    form: Form,
    quiet: bool,
    color: bool,
}

impl Out {
    pub(crate) fn new(global: &Global) -> Self {
        let form = match &global.json {
            Some(fields) => {
                Form::Json(fields.split(',').filter(|f| !f.is_empty()).map(str::to_owned).collect())
            }
            None if global.plain => Form::Plain,
            None => Form::People,
        };
        Self { form, quiet: global.quiet, color: global.color.of_stdout() }
    }

    /// Whether words for people are wanted.
    pub(crate) fn is_for_people(&self) -> bool {
        self.form == Form::People
    }

    /// Whether JSON is wanted.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.form, Form::Json(_))
    }

    /// One thing: words, values, or JSON.
    pub(crate) fn thing<T: Serialize>(
        &self,
        thing: &T,
        plain: &[String],
        words: &str,
    ) -> Result<(), Failure> {
        match &self.form {
            Form::People => self.write(words),
            Form::Plain => self.write(&row(plain)),
            Form::Json(fields) => self.write(&json::pretty(thing, fields)?),
        }
    }

    /// One thing of a stream: a line each.
    pub(crate) fn item<T: Serialize>(&self, thing: &T, plain: &[String], words: &str) -> Result<(), Failure> {
        match &self.form {
            Form::People => self.write(words),
            Form::Plain => self.write(&row(plain)),
            Form::Json(fields) => self.write(&json::line(thing, fields)?),
        }
    }

    /// A list: a table for people, rows, or `{"items": […]}` as the API has it. `none` says what to do when it is empty.
    pub(crate) fn list<T: Serialize>(
        &self,
        items: &[T],
        columns: &[Column<T>],
        none: &str,
    ) -> Result<(), Failure> {
        match &self.form {
            Form::People if items.is_empty() => self.remark(none),
            Form::People => self.write(&table(items, columns)),
            Form::Plain => {
                self.write(&items.iter().map(|item| row(&table::whole(item, columns))).collect::<String>())
            }
            Form::Json(fields) => self.write(&json::items(&items, fields)?),
        }
    }

    /// Words for people only.
    pub(crate) fn say(&self, words: &str) -> Result<(), Failure> {
        match self.is_for_people() {
            true => self.write(words),
            false => Ok(()),
        }
    }

    /// Words that `-q` leaves out.
    pub(crate) fn remark(&self, words: &str) -> Result<(), Failure> {
        match self.quiet {
            true => Ok(()),
            false => self.say(words),
        }
    }

    /// A title, in bold where there are colours.
    pub(crate) fn bold(&self, words: &str) -> String {
        if self.color { format!("\u{1b}[1m{words}\u{1b}[0m") } else { words.to_owned() }
    }

    /// Text as it is, such as a script for a shell or an object that must stay whole.
    pub(crate) fn raw(&self, text: &str) -> Result<(), Failure> {
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(())
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            stdout.write_all(b"\n")?;
        }
        stdout.flush()?;
        Ok(())
    }
}

fn row(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|v| visible(&v.replace(['\t', '\n'], " "))).collect();
    format!("{}\n", values.join("\t"))
}

/// Text without characters that a terminal would obey; lines stay lines.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Labelled lines, aligned: the usual shape of one thing for people. Empty values are left out.
pub(crate) fn fields(pairs: &[(&str, String)]) -> String {
    let shown: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    let width = shown.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    shown.iter().map(|(label, value)| format!("  {label:width$}  {}\n", visible(value))).collect()
}

/// An id as people see it.
pub(crate) fn short(id: &impl ToString) -> String {
    let id = id.to_string();
    id.get(id.len().saturating_sub(10)..).unwrap_or(&id).to_owned()
}

/// A value as JSON text that `--json=FIELDS` may have cut.
pub(crate) fn to_value<T: Serialize>(thing: &T) -> Result<Value, Failure> {
    serde_json::to_value(thing)
        .map_err(|e| crate::failure::failed("json", "this has no JSON form", e.to_string(), "report this"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_whatever_the_values_hold() {
        assert_eq!(row(&["a\tb".to_owned(), "c\nd\u{7}".to_owned()]), "a b\tc d\u{fffd}\n");
    }

    #[test]
    fn labels_are_aligned_and_empty_ones_left_out() {
        let text =
            fields(&[("what", "dishwasher".into()), ("function", "buy".into()), ("where", String::new())]);
        assert_eq!(text, "  what      dishwasher\n  function  buy\n");
    }
}

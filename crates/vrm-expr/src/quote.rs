//! A line of the source with a caret under a place.
//!
//! Knows lines and columns. Must not know what is wrong there. Characters that would disturb a terminal are blanked.

use std::fmt;

use crate::span::Span;
use crate::value::is_unprintable;

/// The line around a span, ready to be shown.
pub(crate) struct Quote<'s> {
    line: usize,
    before: &'s str,
    marked: &'s str,
    after: &'s str,
}

impl<'s> Quote<'s> {
    pub(crate) fn new(source: &'s str, span: Span) -> Self {
        let start = floor(source, span.start as usize);
        let head = &source[..start];
        let line_start = head.rfind('\n').map_or(0, |at| at + 1);
        let rest = source[start..].split('\n').next().unwrap_or_default();
        let end = floor(rest, (span.end as usize).saturating_sub(start));
        let (marked, after) = rest.split_at(end);
        Self { line: head.matches('\n').count() + 1, before: &head[line_start..], marked, after }
    }

    pub(crate) fn line(&self) -> usize {
        self.line
    }

    pub(crate) fn column(&self) -> usize {
        self.before.chars().count() + 1
    }
}

impl fmt::Display for Quote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(self.column() - 1);
        let carets = "^".repeat(self.marked.chars().count().max(1));
        let text: String = [self.before, self.marked, self.after].concat().chars().map(visible).collect();
        write!(f, "{margin} |\n{number} | {}\n{margin} | {indent}{carets}", text.trim_end())
    }
}

fn visible(c: char) -> char {
    match c {
        _ if c.is_control() => ' ',
        _ if is_unprintable(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

/// The character boundary at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

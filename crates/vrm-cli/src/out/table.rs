//! Tables for people: a header, aligned columns, no borders, no trailing blanks.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::visible;

/// One column: its title, how people see a value, and the whole value for `--plain`.
pub(crate) struct Column<T> {
    title: &'static str,
    people: fn(&T) -> String,
    plain: fn(&T) -> String,
    right: bool,
}

impl<T> Column<T> {
    /// A column that looks the same to people and programs.
    pub(crate) const fn new(title: &'static str, value: fn(&T) -> String) -> Self {
        Self { title, people: value, plain: value, right: false }
    }

    /// A column of ids: people see the end, programs the whole.
    pub(crate) const fn id(title: &'static str, people: fn(&T) -> String, plain: fn(&T) -> String) -> Self {
        Self { title, people, plain, right: false }
    }

    /// A column of numbers.
    pub(crate) const fn number(title: &'static str, value: fn(&T) -> String) -> Self {
        Self { title, people: value, plain: value, right: true }
    }
}

/// The table.
pub(crate) fn table<T>(items: &[T], columns: &[Column<T>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|c| c.title));
    for item in items {
        table.add_row(columns.iter().map(|c| visible(&(c.people)(item))));
    }
    for (column, shape) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2));
        if shape.right {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The whole values of one item.
pub(super) fn whole<T>(item: &T, columns: &[Column<T>]) -> Vec<String> {
    columns.iter().map(|c| (c.plain)(item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_without_trailing_blanks() {
        let columns = [
            Column::new("NAME", |(n, _): &(&str, u32)| (*n).to_owned()),
            Column::number("DAYS", |(_, d)| d.to_string()),
        ];
        insta::assert_snapshot!(table(&[("acme", 7), ("bolt appliances", 12)], &columns), @r"
        NAME             DAYS
        acme                7
        bolt appliances    12
        ");
    }
}

//! "Did you mean …": the nearest of some known names.
//!
//! Knows how far two spellings are apart. Must not know what the names stand for.

/// The nearest candidate, when it is near enough to be a slip of the finger.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // Every letter is one slip away from every other letter.
    let limit = match word.chars().count() {
        0 | 1 => 0,
        2..=4 => 1,
        _ => 2,
    };
    let scored = candidates.into_iter().map(|name| (distance(word, name), name));
    scored
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The hint for the nearest candidate.
pub(crate) fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    nearest(word, candidates).map(|name| format!("did you mean `{name}`?"))
}

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), capitals ignored.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            row.push(cell(&a, &b, &rows, &row, (i, j)));
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

fn cell(a: &[char], b: &[char], rows: &[Vec<usize>], row: &[usize], (i, j): (usize, usize)) -> usize {
    let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
    let best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
    if swapped { best.min(rows[i - 2][j - 2] + 1) } else { best }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let names = ["title", "budget", "created", "by"];
        assert_eq!(nearest("titel", names), Some("title"));
        assert_eq!(nearest("Title", names), Some("title"));
        assert_eq!(nearest("budgets", names), Some("budget"));
        assert_eq!(nearest("bx", names), Some("by"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest("d", ["c"]), None);
    }
}

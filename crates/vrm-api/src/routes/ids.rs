//! Finding what a person means: a full id, its short form, or a unique beginning or end of six characters or more.

use crate::dto::{Class, Problem};

/// Fewest characters that name anything: fewer are too often a typing mistake.
const LEAST: usize = 6;

/// The one candidate that `asked` names.
pub(crate) fn find<T>(
    what: &str,
    list: &str,
    asked: &str,
    candidates: Vec<(String, T)>,
) -> Result<T, Problem> {
    if let Some(at) = candidates.iter().position(|(id, _)| id == asked) {
        return nth(candidates, at).ok_or_else(|| none(what, list, asked));
    }
    if asked.len() < LEAST {
        return Err(too_short(list, asked));
    }
    let fits = |id: &str| id.starts_with(asked) || id.ends_with(asked);
    let mut found: Vec<usize> =
        candidates.iter().enumerate().filter(|(_, (id, _))| fits(id)).map(|(at, _)| at).collect();
    match (found.pop(), found.len()) {
        (None, _) => Err(none(what, list, asked)),
        (Some(at), 0) => nth(candidates, at).ok_or_else(|| none(what, list, asked)),
        (Some(_), more) => Err(several(what, list, asked, more + 1)),
    }
}

fn nth<T>(candidates: Vec<(String, T)>, at: usize) -> Option<T> {
    candidates.into_iter().nth(at).map(|(_, item)| item)
}

fn none(what: &str, list: &str, asked: &str) -> Problem {
    Problem::new(Class::NotFound, &format!("no_such_{what}"), &format!("no such {what} here"))
        .because(format!("no {what} is named `{}`", clip(asked)))
        .mend(format!("choose one from `{list}`"))
}

fn too_short(list: &str, asked: &str) -> Problem {
    Problem::new(Class::Usage, "short_id", "this is too short to name anything")
        .because(format!("`{}` has fewer than {LEAST} characters, and is not a whole id", clip(asked)))
        .mend(format!("copy the id from `{list}`"))
}

fn several(what: &str, list: &str, asked: &str, count: usize) -> Problem {
    Problem::new(Class::Usage, "ambiguous_id", &format!("this names more than one {what}"))
        .because(format!("{count} ids start with or end in `{}`", clip(asked)))
        .mend(format!("give more characters, see `{list}`"))
}

fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ids() -> Vec<(String, u8)> {
        [("bafyreiaaaaaa111111", 1), ("bafyreibbbbbb222222", 2), ("acme", 3)]
            .map(|(id, n)| (id.to_owned(), n))
            .into()
    }

    #[test]
    fn a_full_id_a_beginning_or_an_end_will_do() {
        let found = |asked| find("offer", "vrm offer list", asked, ids()).unwrap();
        assert_eq!(
            (found("bafyreiaaaaaa111111"), found("bafyreibb"), found("222222"), found("acme")),
            (1, 2, 2, 3)
        );
    }

    #[test]
    fn too_little_too_much_and_nothing_are_told_apart() {
        let refused = |asked| find("offer", "vrm offer list", asked, ids()).unwrap_err();
        assert_eq!(refused("bafyrei").code, "ambiguous_id");
        assert_eq!(refused("22222").code, "short_id");
        assert_eq!(refused("999999").code, "no_such_offer");
        assert_eq!(refused("999999").class, Class::NotFound);
    }
}

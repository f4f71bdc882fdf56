//! `vrm conduit policy`: what this side of a conduit takes, when, and for how long.

use clap::Args;
use vrm_api::dto::{Conduit, Policy};

use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::fields;

/// Stands for "not limited".
const ANY: &str = "any";

#[derive(Debug, Args)]
pub(crate) struct Limits {
    /// Its id, or `-` for standard input
    conduit: String,
    /// Kinds of entries that may come, such as receipt,status; `any` for all
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    kinds: Option<Vec<String>>,
    /// How many messages may come, such as 10/30d, or `any`
    #[arg(long, value_name = "COUNT/DAYS")]
    rate: Option<String>,
    /// Hours of the day in which nothing comes, in UTC, such as 22:00-06:30, or `any`
    #[arg(long, value_name = "FROM-TO")]
    quiet_hours: Option<String>,
    /// Ask the other side to erase what you wrote after so many days, such as 365d, or `any`
    #[arg(long, value_name = "DAYS", value_parser = days)]
    keep: Option<Days>,
    /// Erase here what the other side wrote after so many days, such as 90d, or `any`
    #[arg(long, value_name = "DAYS", value_parser = days)]
    forget: Option<Days>,
}

/// So many days, or not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days(Option<u16>);

fn days(text: &str) -> Result<Days, String> {
    let number = text.strip_suffix('d').and_then(|count| count.parse().ok());
    match (text, number) {
        (ANY, _) => Ok(Days(None)),
        (_, Some(count)) => Ok(Days(Some(count))),
        _ => Err(format!("`{text}` is no number of days; write 90d, or {ANY}")),
    }
}

pub(super) async fn run(args: Limits, ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let id = ctx::id(&args.conduit)?;
    let mut conduit = client.conduit(&id).await?;
    let policy = args.change(conduit.policy.clone());
    if policy != conduit.policy {
        ctx.only_if_real(&format!("set what conduit {id} takes"))?;
        conduit = client.set_policy(&id, &policy).await?;
    }
    ctx.out.thing(&conduit, &[conduit.id.to_string()], &words(&conduit))
}

impl Limits {
    /// The policy with what is named here changed.
    fn change(self, mut policy: Policy) -> Policy {
        let limit = |text: String| Some(text).filter(|text| text != ANY);
        if let Some(kinds) = self.kinds {
            policy.kinds = kinds.into_iter().filter(|kind| kind != ANY).collect();
        }
        policy.rate = self.rate.map_or(policy.rate, limit);
        policy.quiet = self.quiet_hours.map_or(policy.quiet, limit);
        policy.keep = self.keep.map_or(policy.keep, |days| days.0);
        policy.forget = self.forget.map_or(policy.forget, |days| days.0);
        policy
    }
}

/// Both sides' policies in words; nothing when neither limits anything.
pub(super) fn words(conduit: &Conduit) -> String {
    let mine = Some(&conduit.policy).filter(|policy| !policy.is_open());
    let theirs = conduit.wanted.as_ref().filter(|policy| !policy.is_open());
    let said = [("this side takes", mine), ("the other side takes", theirs)];
    let said = said.into_iter().filter_map(|(who, policy)| policy.map(|policy| (who, policy)));
    said.map(|(who, policy)| format!("{who}:\n{}", limits(policy))).collect()
}

fn limits(policy: &Policy) -> String {
    let after = |days: u16| format!("after {days} days");
    let kinds = Some(policy.kinds.join(", ")).filter(|kinds| !kinds.is_empty());
    let all = [
        ("only", kinds),
        ("messages", policy.rate.clone()),
        ("nothing in", policy.quiet.as_ref().map(|hours| format!("{hours} UTC"))),
        ("its own erased", policy.keep.map(after)),
        ("the other's erased", policy.forget.map(after)),
    ];
    let some: Vec<_> = all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect();
    fields(&some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_what_is_named_changes_and_any_lifts_a_limit() {
        let before = Policy { rate: Some("10/30d".to_owned()), keep: Some(365), ..Policy::default() };
        let args = Limits {
            conduit: String::new(),
            kinds: Some(vec!["receipt".to_owned()]),
            rate: Some(ANY.to_owned()),
            quiet_hours: None,
            keep: None,
            forget: Some(days("90d").unwrap()),
        };
        let kinds = vec!["receipt".to_owned()];
        let after = Policy { kinds, keep: Some(365), forget: Some(90), ..Policy::default() };
        assert_eq!(args.change(before), after);
        assert_eq!((days("any"), days("soon").is_err()), (Ok(Days(None)), true));
    }
}

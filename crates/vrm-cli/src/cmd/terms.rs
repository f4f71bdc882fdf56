//! `vrm terms`: the agreements you proffer, in plain words first, then by id and hash.

use clap::{Args as ClapArgs, Subcommand};
use vrm_api::dto::{Agreement, TermsLine, TermsPolicy};
use vrm_node::core::value::Text;

use super::all;
use super::conduit::word;
use crate::ctx::{self, Ctx};
use crate::failure::{Failure, usage};
use crate::out::{Column, short, visible};

/// Your terms: list, show, set, log, decline
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The roster, and which agreements you proffer or take
    #[command(after_help = "Example: vrm terms list")]
    List,
    /// What an agreement says, in plain words
    #[command(after_help = "Example: vrm terms show SD-BASE")]
    Show {
        /// Its roster id
        id: String,
    },
    /// Choose what you proffer with every intent, and what you take as a vendor's counter
    #[command(after_help = "Example: vrm terms set --proffer SD-BASE-DP,SD-BASE --take SD-BASE-A")]
    Set {
        /// Roster ids to proffer, best first
        #[arg(long, value_name = "IDS", value_delimiter = ',', required = true)]
        proffer: Vec<Text<32>>,
        /// Roster ids to take as a counter; none when absent
        #[arg(long, value_name = "IDS", value_delimiter = ',')]
        take: Vec<Text<32>>,
    },
    /// What was proffered and answered
    #[command(after_help = "Example: vrm terms log")]
    Log,
    /// As a vendor: decline the terms of an intent, instead of an offer
    #[command(after_help = "Example: vrm terms decline 7qk3zr2mfa")]
    Decline {
        /// The intent, or `-` for standard input
        intent: String,
    },
}

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::List => list(ctx).await,
        Verb::Show { id } => show(&id, ctx).await,
        Verb::Set { proffer, take } => set(TermsPolicy { proffer, take }, ctx).await,
        Verb::Log => log(ctx).await,
        Verb::Decline { intent } => decline(&intent, ctx).await,
    }
}

/// An agreement and what she does with it.
#[derive(serde::Serialize)]
struct Line {
    #[serde(flatten)]
    agreement: Agreement,
    /// `proffered`, `taken as a counter`, `may be proffered` or `a vendor's counter only`.
    stands: String,
}

const COLUMNS: [Column<Line>; 4] = [
    Column::new("ID", |l| l.agreement.id.to_string()),
    Column::new("WHAT", |l| l.agreement.title.clone()),
    Column::new("STANDS", |l| l.stands.clone()),
    Column::id("HASH", |l| l.agreement.hash.to_string()[..10].to_owned(), |l| l.agreement.hash.to_string()),
];

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let policy = client.terms_policy().await?;
    let roster = all(None, async |page| client.roster(&page).await).await?;
    let lines: Vec<Line> =
        roster.into_iter().map(|agreement| Line { stands: stands(&agreement, &policy), agreement }).collect();
    ctx.out.list(&lines, &COLUMNS, "The roster is empty.\n")
}

fn stands(agreement: &Agreement, policy: &TermsPolicy) -> String {
    let place = policy.proffer.iter().position(|id| *id == agreement.id);
    match (place, policy.take.contains(&agreement.id), agreement.proffer) {
        (Some(place), _, _) => format!("you proffer it ({}.)", place + 1),
        (None, true, _) => "you take it as a counter".to_owned(),
        (None, false, true) => "yours to proffer".to_owned(),
        (None, false, false) => "a vendor's counter only".to_owned(),
    }
}

async fn show(id: &str, ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let roster = all(None, async |page| client.roster(&page).await).await?;
    let agreement = roster.into_iter().find(|a| a.id.as_str() == id).ok_or_else(|| {
        usage(
            "no_such_terms",
            "the roster has no such agreement",
            format!("none is called `{id}`"),
            "vrm terms list",
        )
    })?;
    let words = format!(
        "{}\n\n{}\n\n  id    {}\n  hash  {}\n  from  {}\n",
        agreement.title, agreement.text, agreement.id, agreement.hash, agreement.roster
    );
    ctx.out.thing(&agreement, &[agreement.id.to_string(), agreement.text.clone()], &visible(&words))
}

async fn set(policy: TermsPolicy, ctx: &Ctx) -> Result<(), Failure> {
    ctx.only_if_real(&format!(
        "proffer {}, and take {} as a counter",
        joined(&policy.proffer),
        joined(&policy.take)
    ))?;
    ctx.client().set_terms(&policy).await?;
    let now = ctx.client().terms_policy().await?;
    let words = format!(
        "With every intent you proffer: {}\nAs a counter you take: {}\n",
        joined(&now.proffer),
        joined(&now.take)
    );
    ctx.out.thing(&now, &[joined(&now.proffer), joined(&now.take)], &words)
}

fn joined(ids: &[Text<32>]) -> String {
    match ids.is_empty() {
        true => "nothing".to_owned(),
        false => ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

const LOG: [Column<TermsLine>; 7] = [
    Column::new("AT", |l| l.at.to_string()),
    Column::id("INTENT", |l| short(&l.intent), |l| l.intent.to_string()),
    Column::id("VENDOR", |l| short(&l.second_party), |l| l.second_party.to_string()),
    Column::new("PROFFERED", |l| l.proffered.to_string()),
    Column::new("ANSWER", |l| {
        l.counter.as_ref().map_or_else(|| l.answer.clone(), |c| format!("{} with {c}", l.answer))
    }),
    Column::new("OUTCOME", |l| word(&l.outcome)),
    Column::id(
        "RECORD",
        |l| l.hash.map(|h| h.to_string()[..10].to_owned()).unwrap_or_default(),
        |l| l.hash.map(|h| h.to_string()).unwrap_or_default(),
    ),
];

async fn log(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let lines = all(None, async |page| client.terms_log(&page).await).await?;
    ctx.out.list(&lines, &LOG, "No terms were answered yet.\n")
}

async fn decline(intent: &str, ctx: &Ctx) -> Result<(), Failure> {
    let intent = ctx::id(intent)?;
    ctx.only_if_real(&format!("decline the terms of intent {intent}"))?;
    let done = ctx.client().decline_terms(&intent).await?;
    ctx.out.thing(
        &done,
        std::slice::from_ref(&intent),
        "Declined the terms, in writing. No offer was made.\n",
    )
}

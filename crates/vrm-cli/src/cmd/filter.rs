//! `vrm filter`: a vendor's standing questions. `test` needs no daemon: it tries an expression on a file.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;
use vrm_api::dto::Filter;
use vrm_api::trial::{self, Trial, Verdict};
use vrm_node::core::value::Timestamp;

use super::all;
use crate::ctx::Ctx;
use crate::failure::{Failure, at_file, usage};
use crate::out::{Column, short, visible};

/// Largest file of intents that is read: a hundred thousand of them.
const MAX_FILE: u64 = 512 << 20;

/// Standing questions of a vendor: new, list, test, remove
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Keep a filter under a name
    #[command(
        after_help = "Example: vrm filter new dishwashers 'category(\"x:home/dishwasher\") && has(budget.max) && budget.max >= 400 EUR'"
    )]
    New {
        /// Its name; an equal name is replaced
        name: String,
        /// The expression
        expression: String,
    },
    /// All filters
    #[command(after_help = "Example: vrm filter list")]
    List,
    /// Try an expression, or a kept filter as @NAME
    #[command(
        after_help = "Example: vrm filter test 'category(\"x:home\")' --against intents.json --explain"
    )]
    Test(Test),
    /// Forget a filter
    #[command(after_help = "Example: vrm filter remove dishwashers")]
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, ClapArgs)]
struct Test {
    /// The expression, or @NAME
    expression: String,
    /// Intents to try it on, as `vrm listen --json` prints them; without it, only whether it compiles
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Which clause decided, for each intent
    #[arg(long, requires = "against")]
    explain: bool,
}

const COLUMNS: [Column<Filter>; 2] =
    [Column::new("NAME", |f| f.name.to_string()), Column::new("EXPRESSION", |f| f.source.replace('\n', " "))];

const VERDICTS: [Column<Verdict>; 4] = [
    Column::number("NO", |v| v.number.to_string()),
    Column::new("MATCHES", |v| if v.matches { "yes".to_owned() } else { "no".to_owned() }),
    Column::id("INTENT", |v| short(&v.id), |v| v.id.clone()),
    Column::new("WHAT", |v| v.name.clone()),
];

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::New { name, expression } => new(&name, &expression, ctx).await,
        Verb::List => list(ctx).await,
        Verb::Test(test) => self::test(test, ctx).await,
        Verb::Remove { name } => remove(&name, ctx).await,
    }
}

async fn new(name: &str, expression: &str, ctx: &Ctx) -> Result<(), Failure> {
    // Compiled here first: a wrong expression is told without a daemon.
    Trial::new(expression)?;
    ctx.only_if_real(&format!("keep the filter {name}"))?;
    ctx.client().save_filter(name, expression).await?;
    let words = format!("Kept as {name}. Matches come with `vrm listen --filter @{name}`.\n");
    ctx.out.thing(&json!({ "name": name, "source": expression }), &[name.to_owned()], &words)
}

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let filters = all(None, async |page| client.filters(&page).await).await?;
    ctx.out.list(&filters, &COLUMNS, "No filters. Keep one with `vrm filter new NAME EXPRESSION`.\n")
}

async fn remove(name: &str, ctx: &Ctx) -> Result<(), Failure> {
    ctx.only_if_real(&format!("forget the filter {name}"))?;
    ctx.client().remove_filter(name).await?;
    ctx.out.thing(&json!({ "removed": name }), &[name.to_owned()], "Forgotten.\n")
}

async fn test(test: Test, ctx: &Ctx) -> Result<(), Failure> {
    let source = source(&test.expression, ctx).await?;
    let trial = Trial::new(&source)?;
    let Some(file) = &test.against else {
        return ctx.out.thing(&json!({ "compiles": true }), &["compiles".to_owned()], "It compiles.\n");
    };
    let intents = trial::read(&read(file)?)?;
    let now = now()?;
    let verdicts: Vec<Verdict> =
        intents.iter().enumerate().map(|(at, intent)| trial.ask(at + 1, intent, now)).collect();
    report(&verdicts, test.explain, ctx)
}

/// The expression itself, or the source of a kept filter.
pub(crate) async fn source(expression: &str, ctx: &Ctx) -> Result<String, Failure> {
    let Some(name) = expression.strip_prefix('@') else { return Ok(expression.to_owned()) };
    let client = ctx.client();
    let filters = all(None, async |page| client.filters(&page).await).await?;
    let found = filters.into_iter().find(|f| f.name.as_str() == name);
    found.map(|f| f.source).ok_or_else(|| {
        usage(
            "no_such_filter",
            "no such filter here",
            format!("no filter is named `{name}`"),
            "vrm filter list",
        )
    })
}

fn report(verdicts: &[Verdict], explain: bool, ctx: &Ctx) -> Result<(), Failure> {
    if explain && ctx.out.is_for_people() {
        for verdict in verdicts {
            let head = format!("{}. {}", verdict.number, verdict.name);
            ctx.out.say(&format!(
                "{}\n{}\n\n",
                ctx.out.bold(&visible(&head)),
                visible(&verdict.explanation)
            ))?;
        }
    } else {
        ctx.out.list(verdicts, &VERDICTS, "The file holds no intents.\n")?;
    }
    let matched = verdicts.iter().filter(|v| v.matches).count();
    ctx.out.remark(&format!("{matched} of {} match.\n", verdicts.len()))
}

fn read(file: &Path) -> Result<String, Failure> {
    let meta = std::fs::metadata(file).map_err(|e| at_file(file, &e))?;
    if meta.len() > MAX_FILE {
        return Err(usage(
            "large_file",
            "the file is too large",
            "more than 512 MiB are not read",
            "split it",
        ));
    }
    std::fs::read_to_string(file).map_err(|e| at_file(file, &e))
}

/// The present: the one of tests when it is set.
fn now() -> Result<Timestamp, Failure> {
    let text = std::env::var("VRM_NOW").unwrap_or_else(|_| jiff::Timestamp::now().as_second().to_string());
    let parsed = text.parse::<u64>().ok().and_then(|s| Timestamp::new(s).ok()).or_else(|| text.parse().ok());
    parsed.ok_or_else(|| usage("bad_now", "the clock makes no sense", text, "set the clock of this machine"))
}

//! `vrm case`: something is wrong, and what was done about it or not done.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Map, Value, json};
use vrm_api::dto::{Amount, Case, CaseDraft, CaseLine, Done, StepDraft};
use vrm_node::core::body::{Move, Outcome, Remedy, Severity};
use vrm_node::core::value::Money;

use super::all;
use super::conduit::word;
use super::photo::Files;
use super::receipt::day;
use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::{Column, fields, short, visible};
use crate::value::{When, one_of, when};

/// Support cases: open, list, show, update, close
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say that something is wrong
    #[command(
        after_help = "Example: vrm case open 3f9a02c417 \"It leaks\" --text \"At the door, after ten minutes\" --severity high --want repair"
    )]
    Open(Open),
    /// All cases, the last opened first: how far each is, and who is silent
    #[command(after_help = "Example: vrm case list")]
    List,
    /// One case: everything that was done and not done
    #[command(after_help = "Example: vrm case show 5kq2dd7moy")]
    Show {
        /// Its id, or `-` for standard input
        case: String,
    },
    /// Take a step: remark, acknowledge, ask, answer, propose, reject, escalate
    #[command(after_help = "Example: vrm case update 5kq2dd7moy propose --remedy refund --amount 40EUR")]
    Update(Update),
    /// End it: solved (the customer's word), or refused (one side will do no more)
    #[command(after_help = "Example: vrm case close 5kq2dd7moy solved --text \"Thank you\"")]
    Close {
        /// Its id, or `-` for standard input
        case: String,
        /// solved or refused
        #[arg(value_parser = one_of::<Outcome>)]
        outcome: Outcome,
        /// In words
        #[arg(long)]
        text: Option<String>,
    },
}

#[derive(Debug, ClapArgs)]
struct Open {
    /// The conduit's id, or `-` for standard input
    conduit: String,
    /// What is wrong, in a line
    title: String,
    /// What is wrong, in words; the title when absent
    #[arg(long)]
    text: Option<String>,
    /// How much it matters: low, normal, high, danger
    #[arg(long, default_value = "normal", value_parser = one_of::<Severity>)]
    severity: Severity,
    /// What you want: repair, replace, refund, reduction, advice
    #[arg(long, value_name = "REMEDY", value_parser = one_of::<Remedy>)]
    want: Option<Remedy>,
    /// A code or word of what is wrong (may be repeated)
    #[arg(long)]
    symptom: Vec<String>,
    /// The entry of the receipt
    #[arg(long, value_name = "ENTRY")]
    receipt: Option<String>,
    /// A first answer is asked for by then: one day when absent, thirty at most
    #[arg(long, value_name = "TIME", value_parser = when)]
    due: Option<When>,
    /// How it looks: a photo's pixels, and nothing else that is in the file (may be repeated)
    #[arg(long, value_name = "FILE")]
    photo: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
struct Update {
    /// Its id, or `-` for standard input
    case: String,
    /// remark, acknowledge, ask, answer, propose, reject or escalate
    #[arg(value_name = "STEP", value_parser = one_of::<Move>)]
    step: Move,
    /// In words; a remark, a question and an answer need some
    #[arg(long)]
    text: Option<String>,
    /// What you propose: repair, replace, refund, reduction, advice
    #[arg(long, value_parser = one_of::<Remedy>)]
    remedy: Option<Remedy>,
    /// Money that the proposal concerns
    #[arg(long, value_name = "MONEY", requires = "remedy")]
    amount: Option<Money>,
    /// Who is to act next is asked to do so by then
    #[arg(long, value_name = "TIME", value_parser = when)]
    due: Option<When>,
}

const COLUMNS: [Column<Case>; 7] = [
    Column::new("OPENED", |c| day(c.opened.0)),
    Column::new("WITH", |c| c.with.to_string()),
    Column::new("TITLE", |c| c.title.as_ref().map(ToString::to_string).unwrap_or_default()),
    Column::new("STATE", |c| c.state.clone()),
    Column::new("NEXT", next),
    Column::new("SILENT", |c| c.silent.map(|since| format!("since {since}")).unwrap_or_default()),
    Column::id("CASE", |c| short(&c.id), |c| c.id.to_string()),
];

/// Who is to act, and until when.
fn next(case: &Case) -> String {
    match (&case.turn, case.due) {
        (Some(side), Some(due)) => format!("{} by {due}", word(side)),
        _ => String::new(),
    }
}

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::Open(args) => open(args, ctx).await,
        Verb::List => list(ctx).await,
        Verb::Show { case } => show(&case, ctx).await,
        Verb::Update(args) => update(args, ctx).await,
        Verb::Close { case, outcome, text } => close(&case, outcome, text, ctx).await,
    }
}

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let cases = all(None, async |page| client.cases(&page).await).await?;
    ctx.out.list(&cases, &COLUMNS, "No cases. Open one with `vrm case open CONDUIT TITLE`.\n")
}

async fn show(case: &str, ctx: &Ctx) -> Result<(), Failure> {
    let case = ctx.client().case(&ctx::id(case)?).await?;
    let silent = |since| format!("{} since {since}", case.turn.as_ref().map(word).unwrap_or_default());
    let head = fields(&[
        ("case", case.id.to_string()),
        ("with", format!("{} (conduit {})", case.with, short(&case.conduit))),
        ("title", case.title.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("severity", case.severity.as_ref().map(word).unwrap_or_default()),
        ("wanted", case.remedy.as_ref().map(word).unwrap_or_default()),
        ("state", case.state.clone()),
        ("next", next(&case)),
        ("SILENT", case.silent.map(silent).unwrap_or_default()),
    ]);
    let timeline: String = case.timeline.iter().map(line).collect();
    ctx.out.thing(&case, &[case.id.to_string(), case.state.clone()], &format!("{head}{timeline}"))
}

fn line(line: &CaseLine) -> String {
    let said = line.text.as_deref().unwrap_or_default().replace('\n', " / ");
    let what = match (&line.state, &line.misplaced, line.what.as_str(), line.until) {
        (_, _, "silence", None) => "silence, and it lasts".to_owned(),
        (_, _, "silence", Some(until)) => format!("silence until {until}"),
        (_, Some(why), what, _) => format!("{what} (changes nothing: {why})"),
        (Some(state), _, what, _) if state != what => format!("{what}, now {state}"),
        (_, _, what, _) => what.to_owned(),
    };
    visible(&format!("{}  {:8}  {what}", line.at, word(&line.by))) + &tail(&said)
}

fn tail(said: &str) -> String {
    if said.is_empty() { "\n".to_owned() } else { format!("\n    {}\n", visible(said)) }
}

async fn open(args: Open, ctx: &Ctx) -> Result<(), Failure> {
    let (client, conduit) = (ctx.client(), ctx::id(&args.conduit)?);
    ctx.only_if_real(&format!("open a case in conduit {conduit}: {}", args.title))?;
    let mut body = Map::new();
    body.insert("text".to_owned(), args.text.unwrap_or_else(|| args.title.clone()).into());
    body.insert("title".to_owned(), args.title.into());
    body.insert("severity".to_owned(), json!(args.severity));
    put(&mut body, "remedy", args.want.map(|want| json!(want)));
    put(&mut body, "symptoms", (!args.symptom.is_empty()).then(|| json!(args.symptom)));
    if let Some(receipt) = &args.receipt {
        put(&mut body, "receipt", Some(json!(client.entry(&conduit, receipt).await?.id)));
    }
    put(&mut body, "due", due(args.due, ctx).await?);
    let photos = Files::of_photos(args.photo).attach(&client, &conduit).await?;
    put(&mut body, "photos", (!photos.is_empty()).then(|| json!(photos)));
    told(&client.open_case(&CaseDraft { conduit, body }).await?, "Opened", ctx)
}

fn put(body: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    body.extend(value.map(|value| (name.to_owned(), value)));
}

async fn due(due: Option<When>, ctx: &Ctx) -> Result<Option<Value>, Failure> {
    let Some(due) = due else { return Ok(None) };
    let now = ctx.client().status().await?.now.0;
    Ok(Some(due.from(now).to_string().into()))
}

async fn update(args: Update, ctx: &Ctx) -> Result<(), Failure> {
    let case = ctx::id(&args.case)?;
    ctx.only_if_real(&format!("{} in case {case}", word(&args.step)))?;
    let mut body = Map::new();
    body.insert("move".to_owned(), json!(args.step));
    put(&mut body, "text", args.text.map(Value::from));
    let offer = args.remedy.map(|remedy| match args.amount {
        Some(amount) => json!({ "remedy": remedy, "amount": Amount(amount) }),
        None => json!({ "remedy": remedy }),
    });
    put(&mut body, "offer", offer);
    put(&mut body, "due", due(args.due, ctx).await?);
    told(&ctx.client().step_case(&case, &StepDraft { body }).await?, "Written", ctx)
}

async fn close(case: &str, outcome: Outcome, text: Option<String>, ctx: &Ctx) -> Result<(), Failure> {
    let case = ctx::id(case)?;
    ctx.only_if_real(&format!("end case {case} as {}", word(&outcome)))?;
    let mut body = Map::new();
    body.insert("outcome".to_owned(), json!(outcome));
    put(&mut body, "text", text.map(Value::from));
    told(&ctx.client().close_case(&case, &StepDraft { body }).await?, "Closed", ctx)
}

fn told(done: &Done, verb: &str, ctx: &Ctx) -> Result<(), Failure> {
    let id = done.id.map(|id| id.to_string()).unwrap_or_default();
    ctx.out.thing(done, std::slice::from_ref(&id), &format!("{verb}: {}\n", short(&id)))
}

//! `vrm vendor card`: who the vendor is, and the proof that its domain is its own.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand};
use hyper::Uri;
use serde_json::json;
use vrm_api::dto::{Card, CardDraft, Class, Problem, Span};
use vrm_api::proof;
use vrm_node::core::value::{Area, Category, Seconds, Text};

use super::all;
use crate::ctx::{self, Ctx};
use crate::failure::{Failure, at_file, failed, usage};
use crate::out::{Column, fields, short};

/// How long a document may take to come from this machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// The vendor's side: card
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    noun: Noun,
}

#[derive(Debug, Subcommand)]
enum Noun {
    /// The vendor card: publish, show, list, proof, verify
    Card {
        #[command(subcommand)]
        verb: Verb,
    },
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Publish this node's card; it replaces the one before
    #[command(
        after_help = "Example: vrm vendor card publish \"Acme Appliances\" --category home/dishwasher --accept SD-BASE --domain acme.example"
    )]
    Publish(Publish),
    /// This node's card, or another vendor's
    #[command(after_help = "Example: vrm vendor card show")]
    Show {
        /// A card's id or a vendor's; this node's own when absent
        card: Option<String>,
    },
    /// All cards that were heard
    #[command(after_help = "Example: vrm vendor card list")]
    List,
    /// The signed document to put at https://DOMAIN/.well-known/did-configuration.json
    #[command(after_help = "Example: vrm vendor card proof > did-configuration.json")]
    Proof,
    /// Whether a domain's document proves that it belongs to a vendor
    #[command(after_help = "Example: vrm vendor card verify 6qk3zr2mfa --document did-configuration.json")]
    Verify(Verify),
}

#[derive(Debug, ClapArgs)]
struct Publish {
    /// Legal or trading name
    name: Text<120>,
    /// Domain it claims
    #[arg(long)]
    domain: Option<Text<253>>,
    /// What it deals in (may be repeated)
    #[arg(long)]
    category: Vec<Category>,
    /// Where it delivers, such as u33d+50km or DE (may be repeated); anywhere when absent
    #[arg(long)]
    area: Vec<Area>,
    /// Language, BCP 47 (may be repeated)
    #[arg(long)]
    language: Vec<Text<16>>,
    /// Agreement it signs without asking (may be repeated)
    #[arg(long, value_name = "ID")]
    accept: Vec<Text<32>>,
    /// How long the card stands
    #[arg(long, value_name = "TIME", default_value = "30d")]
    life: Seconds,
}

#[derive(Debug, ClapArgs)]
struct Verify {
    /// A card's id or a vendor's; this node's own when absent
    card: Option<String>,
    /// The document, in a file
    #[arg(long, value_name = "FILE", required_unless_present = "from", conflicts_with = "from")]
    document: Option<PathBuf>,
    /// The document, from a web server on this machine
    #[arg(long, value_name = "URL", value_parser = super::http::loopback)]
    from: Option<Uri>,
}

const COLUMNS: [Column<Card>; 5] = [
    Column::id("CARD", |c| short(&c.id), |c| c.id.to_string()),
    Column::new("NAME", |c| c.name.to_string()),
    Column::id("VENDOR", |c| short(&c.by), |c| c.by.to_string()),
    Column::new("CATEGORIES", |c| joined(&c.category)),
    Column::new("ACCEPTS", accepts),
];

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    let Noun::Card { verb } = args.noun;
    match verb {
        Verb::Publish(publish) => self::publish(publish, ctx).await,
        Verb::Show { card } => show(card.as_deref(), ctx).await,
        Verb::List => list(ctx).await,
        Verb::Proof => self::proof(ctx).await,
        Verb::Verify(verify) => self::verify(verify, ctx).await,
    }
}

async fn publish(publish: Publish, ctx: &Ctx) -> Result<(), Failure> {
    let draft = CardDraft {
        name: publish.name,
        domain: publish.domain,
        category: publish.category,
        area_served: publish.area,
        knows_language: publish.language,
        accepts: publish.accept,
        life: Span(publish.life),
    };
    ctx.only_if_real(&format!("publish the card of {}", draft.name))?;
    ctx.client().publish_card(&draft).await?;
    let card = ctx.client().own_card().await?;
    let words = format!("Published for the world to see:\n{}", words(&card));
    ctx.out.thing(&card, &[card.id.to_string()], &words)
}

async fn show(card: Option<&str>, ctx: &Ctx) -> Result<(), Failure> {
    let card = find(card, ctx).await?;
    ctx.out.thing(&card, &[card.id.to_string(), card.name.to_string()], &words(&card))
}

async fn find(card: Option<&str>, ctx: &Ctx) -> Result<Card, Failure> {
    match card {
        Some(card) => Ok(ctx.client().card(&ctx::id(card)?).await?),
        None => Ok(ctx.client().own_card().await?),
    }
}

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let cards = all(None, async |page| client.cards(&page).await).await?;
    ctx.out.list(&cards, &COLUMNS, "No vendor cards heard.\n")
}

async fn proof(ctx: &Ctx) -> Result<(), Failure> {
    let proof = ctx.client().domain_proof().await?;
    ctx.out.raw(&format!("{:#}\n", proof.document))
}

async fn verify(verify: Verify, ctx: &Ctx) -> Result<(), Failure> {
    let card = find(verify.card.as_deref(), ctx).await?;
    let domain = card.domain.clone().ok_or_else(|| {
        usage(
            "no_domain",
            "there is no domain to prove",
            format!("the card of {} claims none", card.name),
            "vrm vendor card show",
        )
    })?;
    let document = match (&verify.document, &verify.from) {
        (Some(file), _) => std::fs::read(file).map_err(|e| at_file(file, &e))?,
        (None, Some(url)) => fetch(url).await?,
        (None, None) => Vec::new(),
    };
    let now = ctx.client().status().await?.now.0;
    proof::check(&document, &card.by, &domain, now).map_err(|e| refused(&domain, &e.to_string()))?;
    let words = format!("{domain} belongs to {} ({}).\n", card.name, card.by);
    ctx.out.thing(
        &json!({ "domain": domain, "vendor": card.by, "proven": true }),
        &[domain.to_string(), "proven".to_owned()],
        &words,
    )
}

fn refused(domain: &str, why: &str) -> Failure {
    Problem::new(Class::Refused, "not_proven", &format!("this does not prove {domain}"))
        .because(why)
        .mend(format!(
            "ask the vendor to put `vrm vendor card proof` at https://{domain}{}",
            proof::WELL_KNOWN
        ))
        .into()
}

async fn fetch(url: &Uri) -> Result<Vec<u8>, Failure> {
    let got = tokio::time::timeout(PATIENCE, super::http::get(url, proof::MAX_DOCUMENT)).await;
    let why = match got {
        Ok(Ok(bytes)) => return Ok(bytes),
        Ok(Err(why)) => why,
        Err(_) => "no answer in time".to_owned(),
    };
    Err(failed(
        "no_document",
        "the document cannot be fetched",
        format!("{url}: {why}"),
        "give it with --document FILE",
    ))
}

fn words(card: &Card) -> String {
    let flag = if card.equivocates { "says two things at once: treat with care" } else { "" };
    fields(&[
        ("name", card.name.to_string()),
        ("vendor", card.by.to_string()),
        ("card", card.id.to_string()),
        (
            "domain",
            card.domain
                .as_ref()
                .map(|d| format!("{d} (claimed; see `vrm vendor card verify`)"))
                .unwrap_or_default(),
        ),
        ("category", joined(&card.category)),
        ("area", joined(&card.area_served)),
        ("language", joined(&card.knows_language)),
        ("accepts", accepts(card)),
        ("revision", card.revision.to_string()),
        ("stands", format!("until {}", card.valid_through)),
        ("warning", flag.to_owned()),
    ])
}

fn accepts(card: &Card) -> String {
    joined(&card.accepts.iter().map(|t| t.id.to_string()).collect::<Vec<_>>())
}

fn joined<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

//! `vrm mailbox`: who holds letters while this node sleeps, and whether it holds letters for others.

use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use serde_json::json;
use vrm_api::dto::{Mailbox, Mailboxes, PageQuery};

use super::all;
use crate::ctx::{self, Ctx};
use crate::failure::{Failure, usage};
use crate::out::{Column, fields, short};

/// How long `add` waits for the mailbox to agree, and how often it looks.
const WAIT: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(100);

/// Who holds letters while this node sleeps: list, add, remove, serve, status
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The mailboxes this node uses
    #[command(after_help = "Example: vrm mailbox list")]
    List,
    /// Have letters held at a node while this one sleeps: two at most
    #[command(after_help = "Example: vrm mailbox add vrm:/ip4/192.0.2.7/tcp/8762/p2p/12D3KooW…")]
    Add {
        /// An address, what `vrm invite` printed there, or the id of a node from `vrm peer list`
        peer: String,
    },
    /// Stop using a mailbox: what waits there is collected no more
    #[command(after_help = "Example: vrm mailbox remove 12D3KooWQ7x…")]
    Remove {
        /// Its id, or `-` for standard input
        peer: String,
    },
    /// Hold letters for others, or take in no new ones
    #[command(after_help = "Example: vrm mailbox serve on")]
    Serve {
        /// Whether
        on: Switch,
    },
    /// How it stands with them, and what this node holds for others
    #[command(after_help = "Example: vrm mailbox status")]
    Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

const COLUMNS: [Column<Mailbox>; 6] = [
    Column::id("MAILBOX", |m| short(&m.peer), |m| m.peer.clone()),
    Column::new("STATE", |m| state(m).to_owned()),
    Column::new("BOXES", |m| format!("{} of {}", m.boxes, m.wanted)),
    Column::number("LETTERS", |m| m.letters.to_string()),
    Column::new("TROUBLE", |m| m.trouble.clone().unwrap_or_default()),
    Column::new("ADDRESS", |m| m.addresses.first().cloned().unwrap_or_default()),
];

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::List => list(ctx).await,
        Verb::Add { peer } => add(&peer, ctx).await,
        Verb::Remove { peer } => remove(&peer, ctx).await,
        Verb::Serve { on } => serve(on == Switch::On, ctx).await,
        Verb::Status => status(ctx).await,
    }
}

fn state(mailbox: &Mailbox) -> &'static str {
    match (mailbox.agreed, mailbox.boxes < mailbox.wanted) {
        (false, _) => "asked",
        (true, true) => "agreed",
        (true, false) => "holds",
    }
}

const NONE: &str = "No mailbox: letters reach this node only while it is awake. `vrm mailbox add ADDRESS` of a node that is always on.\n";

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let used = ctx.client().mailboxes().await?.used;
    ctx.out.list(&used, &COLUMNS, NONE)
}

async fn add(typed: &str, ctx: &Ctx) -> Result<(), Failure> {
    let address = address(&ctx::id(typed)?, ctx).await?;
    ctx.only_if_real(&format!("ask {address} to hold letters"))?;
    let asked = ctx.client().add_mailbox(&address).await?;
    let mailbox = answer(asked, ctx).await?;
    let words = match (mailbox.agreed, &mailbox.trouble) {
        (true, _) => {
            format!("{} holds letters for this node; new intents and offers name it.\n", mailbox.peer)
        }
        (false, Some(why)) => {
            format!("{} does not hold letters ({why}); it is asked again from time to time.\n", mailbox.peer)
        }
        (false, None) => format!("Asked {}; `vrm mailbox status` shows when it has agreed.\n", mailbox.peer),
    };
    ctx.out.thing(&mailbox, std::slice::from_ref(&mailbox.peer), &words)
}

/// The address of a node that is named by its id; anything else is an address.
async fn address(typed: &str, ctx: &Ctx) -> Result<String, Failure> {
    if typed.contains('/') {
        return Ok(typed.to_owned());
    }
    let client = ctx.client();
    let peers = all(None, async |page: PageQuery| client.peers(&page).await).await?;
    let mut named =
        peers.into_iter().filter(|peer| peer.peer.ends_with(typed) || peer.peer.starts_with(typed));
    let address = named.next().and_then(|peer| {
        let address = peer.addresses.first()?;
        let whole =
            if address.contains("/p2p/") { address.clone() } else { format!("{address}/p2p/{}", peer.peer) };
        Some(whole)
    });
    address.ok_or_else(|| {
        let cause = format!("no node here is called {typed}, or no address of it is known");
        usage(
            "no_such_peer",
            "no address for the mailbox",
            cause,
            "give the address that `vrm invite` prints there",
        )
    })
}

/// What the mailbox says, if it says something soon.
async fn answer(asked: Mailbox, ctx: &Ctx) -> Result<Mailbox, Failure> {
    let client = ctx.client();
    let answered = async {
        loop {
            let used = client.mailboxes().await?.used;
            if let Some(mailbox) = used.into_iter().find(|m| m.peer == asked.peer)
                && (mailbox.agreed || mailbox.trouble.is_some())
            {
                return Ok(mailbox);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(WAIT, answered).await.unwrap_or(Ok(asked.clone()))
}

async fn remove(peer: &str, ctx: &Ctx) -> Result<(), Failure> {
    let peer = ctx::id(peer)?;
    ctx.only_if_real(&format!("stop using {peer}"))?;
    ctx.client().remove_mailbox(&peer).await?;
    let words = "No longer used. Intents that name it keep naming it until they end.\n";
    ctx.out.thing(&json!({ "removed": peer }), std::slice::from_ref(&peer), words)
}

async fn serve(on: bool, ctx: &Ctx) -> Result<(), Failure> {
    ctx.only_if_real(if on { "hold letters for others" } else { "take in no new letters for others" })?;
    ctx.client().serve_mailbox(on).await?;
    let words = match on {
        true => "This node holds letters for others. Give them its address: `vrm invite`.\n",
        false => "This node takes in no new letters for others. What waits here can still be collected.\n",
    };
    ctx.out.thing(&json!({ "serves": on }), &[on.to_string()], words)
}

async fn status(ctx: &Ctx) -> Result<(), Failure> {
    let all = ctx.client().mailboxes().await?;
    let plain: Vec<String> = all.used.iter().map(|m| m.peer.clone()).collect();
    ctx.out.thing(&all, &plain, &words(&all))
}

fn words(all: &Mailboxes) -> String {
    let mut text: String = all.used.iter().map(one).collect();
    if all.used.is_empty() {
        text.push_str(NONE);
    }
    let holds = &all.holds;
    let held = format!("{} letters, {} KiB, for {} boxes", holds.letters, holds.bytes / 1024, holds.boxes);
    let serves = if all.serves { "holds letters" } else { "takes in no letters" };
    text.push_str("For others:\n");
    text.push_str(&fields(&[("this node", serves.to_owned()), ("holding", held)]));
    text
}

fn one(mailbox: &Mailbox) -> String {
    let rows = fields(&[
        ("state", state(mailbox).to_owned()),
        ("boxes", format!("{} of {}", mailbox.boxes, mailbox.wanted)),
        ("letters", format!("{} came through it", mailbox.letters)),
        ("seen", mailbox.seen.map(|seen| seen.to_string()).unwrap_or_default()),
        ("trouble", mailbox.trouble.clone().unwrap_or_default()),
        ("address", mailbox.addresses.join("\n           ")),
    ]);
    format!("{}\n{rows}", mailbox.peer)
}

//! `vrm peer`: neighbours.

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;
use vrm_api::dto::Peer;

use super::all;
use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::{Column, short};

/// Neighbours: list, add, remove, ping
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Remembered and connected nodes
    #[command(after_help = "Example: vrm peer list")]
    List,
    /// Dial a node and keep a connection to it
    #[command(after_help = "Example: vrm peer add vrm:/ip4/192.0.2.7/tcp/8762/p2p/12D3KooW…")]
    Add {
        /// An address, or what `vrm invite` printed there
        address: String,
    },
    /// Forget a node
    #[command(after_help = "Example: vrm peer remove 12D3KooWQ7x…")]
    Remove {
        /// Its id, or `-` for standard input
        peer: String,
    },
    /// Measure the round trip to a connected node
    #[command(after_help = "Example: vrm peer ping 12D3KooWQ7x…")]
    Ping {
        /// Its id, or `-` for standard input
        peer: String,
    },
}

const COLUMNS: [Column<Peer>; 5] = [
    Column::id("PEER", |p| short(&p.peer), |p| p.peer.clone()),
    Column::new("STATE", |p| if p.connected { "connected".to_owned() } else { "away".to_owned() }),
    Column::new("KEPT", |p| if p.remembered { "yes".to_owned() } else { "no".to_owned() }),
    Column::number("RTT", |p| p.round_trip_micros.map(millis).unwrap_or_default()),
    Column::new("ADDRESS", |p| p.addresses.first().cloned().unwrap_or_default()),
];

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::List => list(ctx).await,
        Verb::Add { address } => add(&address, ctx).await,
        Verb::Remove { peer } => remove(&peer, ctx).await,
        Verb::Ping { peer } => ping(&peer, ctx).await,
    }
}

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let peers = all(None, async |page| client.peers(&page).await).await?;
    ctx.out.list(&peers, &COLUMNS, "No neighbours. Give another node's address to `vrm peer add`, or yours (`vrm invite`) to its owner.\n")
}

async fn add(address: &str, ctx: &Ctx) -> Result<(), Failure> {
    let address = ctx::id(address)?;
    ctx.only_if_real(&format!("dial {address}"))?;
    let peer = ctx.client().add_peer(&address).await?;
    ctx.out.thing(
        &peer,
        std::slice::from_ref(&peer.peer),
        &format!("Connected to {}; the connection is kept.\n", peer.peer),
    )
}

async fn remove(peer: &str, ctx: &Ctx) -> Result<(), Failure> {
    let peer = ctx::id(peer)?;
    ctx.only_if_real(&format!("forget {peer}"))?;
    ctx.client().remove_peer(&peer).await?;
    ctx.out.thing(&json!({ "removed": peer }), std::slice::from_ref(&peer), "Forgotten.\n")
}

async fn ping(peer: &str, ctx: &Ctx) -> Result<(), Failure> {
    let peer = ctx::id(peer)?;
    ctx.only_if_real(&format!("ping {peer}"))?;
    let pong = ctx.client().ping(&peer).await?;
    ctx.out.thing(&pong, &[pong.micros.to_string()], &format!("{} there and back\n", millis(pong.micros)))
}

fn millis(micros: u64) -> String {
    format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100)
}

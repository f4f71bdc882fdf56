//! `vrm init`: make the node's folder and its configuration; nothing is started.

use clap::Args;

use crate::config::{File, Work};
use crate::ctx::Ctx;
use crate::failure::Failure;

/// Make the node's folder and its configuration
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm init --listen /ip4/0.0.0.0/tcp/8762")]
pub(crate) struct Init {
    /// Listen on this multiaddress (may be repeated); port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<String>,
    /// Keep a connection to this node (may be repeated)
    #[arg(long, value_name = "ADDRESS")]
    peer: Vec<String>,
    /// Do not look for nodes on the local network
    #[arg(long)]
    no_mdns: bool,
    /// Take no part in peer routing
    #[arg(long)]
    no_kad: bool,
    /// Proof of work on intents and cards, in bits: the same on a whole network
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(0..=32))]
    work: Option<u8>,
    /// Proof of work to ask for on first offers, in bits
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(0..=32))]
    offer_work: Option<u8>,
}

impl Init {
    fn changes(&self, mut file: File) -> File {
        let addresses = |given: &[String]| if given.is_empty() { None } else { Some(given.to_vec()) };
        file.listen = addresses(&self.listen).or(file.listen);
        file.peers = addresses(&self.peer).or(file.peers);
        file.mdns = if self.no_mdns { Some(false) } else { file.mdns };
        file.kad = if self.no_kad { Some(false) } else { file.kad };
        file.work =
            Work { gossip: self.work.or(file.work.gossip), offer: self.offer_work.or(file.work.offer) };
        file
    }
}

pub(crate) async fn run(init: Init, ctx: &Ctx) -> Result<(), Failure> {
    let before = File::read(ctx.home.config())?;
    let after = init.changes(before.clone());
    let new = if ctx.dry_run { !ctx.home.root().exists() } else { ctx.home.make()? };
    if after != before && !ctx.dry_run {
        after.write(ctx.home.config())?;
    }
    let home = ctx.home.root().display().to_string();
    let words = match new {
        true => format!("Made {home}, for you alone. Nothing runs yet.\nNext: vrm up\n"),
        false => format!("{home} is there already.\nNext: vrm up\n"),
    };
    let thing = serde_json::json!({ "home": home, "new": new, "config": ctx.home.config() });
    ctx.out.thing(&thing, &[home, new.to_string()], &words)
}

//! `vrm invite`: how others reach this node, as a link and a QR code.

use clap::Args;
use fast_qr::QRBuilder;

use crate::ctx::Ctx;
use crate::failure::{Failure, failed};

/// How others reach this node, as a link and a QR code
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm invite")]
pub(crate) struct Invite {
    /// Leave the QR code out
    #[arg(long)]
    no_qr: bool,
}

pub(crate) async fn run(args: Invite, ctx: &Ctx) -> Result<(), Failure> {
    let invite = ctx.client().invite().await?;
    if invite.addresses.is_empty() {
        return Err(failed(
            "no_address",
            "this node listens nowhere",
            "its configuration lists no address that works",
            "vrm config show --origin",
        ));
    }
    let code = if args.no_qr || !ctx.out.is_for_people() { String::new() } else { picture(&invite.link)? };
    let words = format!("{code}{}\n\nOn the other machine:\n  vrm peer add {}\n", invite.link, invite.link);
    ctx.out.thing(&invite, std::slice::from_ref(&invite.link), &words)
}

fn picture(link: &str) -> Result<String, Failure> {
    let code = QRBuilder::new(link).build();
    let code = code.map_err(|e| {
        failed("no_qr", "the link does not fit into a QR code", e.to_string(), "vrm invite --no-qr")
    })?;
    Ok(format!("{}\n\n", code.to_str()))
}

//! `vrm conduit invite`, `join` and what is around them: conduits without a deal.

use std::path::PathBuf;

use clap::Args;
use vrm_api::dto::{Invitation, InvitationDraft, JoinDraft, Span};
use vrm_api::import;
use vrm_node::core::object::Party;
use vrm_node::core::value::{Seconds, Text};

use super::conduit::word;
use super::{all, input, invite as code};
use crate::ctx::{self, Ctx};
use crate::failure::{Failure, usage};
use crate::out::{Column, short, visible};
use crate::value::one_of;

#[derive(Debug, Args)]
pub(crate) struct Invite {
    /// What you call yourself; the card's name when absent
    #[arg(long)]
    name: Option<Text<120>>,
    /// Which side you are: customer or vendor; vendor when absent and you have a card
    #[arg(long = "as", value_name = "SIDE", value_parser = one_of::<Party>)]
    side: Option<Party>,
    /// How long the link is good, thirty days at most
    #[arg(long, value_name = "TIME", default_value = "7d")]
    life: Seconds,
    /// The agreement that whoever takes it signs
    #[arg(long, value_name = "ID")]
    terms: Option<Text<32>>,
    /// Leave the QR code out
    #[arg(long)]
    no_qr: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The link
    #[arg(required_unless_present = "from", conflicts_with = "from")]
    link: Option<String>,
    /// A file with a link in it, such as a receipt; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// What you want to be called; the card's name when absent, or a short form of a key
    #[arg(long)]
    name: Option<Text<120>>,
}

const COLUMNS: [Column<Invitation>; 6] = [
    Column::id("INVITATION", |i| short(&i.id), |i| i.id.to_string()),
    Column::new("BY", |i| if i.given { "you".to_owned() } else { i.name.to_string() }),
    Column::new("AS", |i| word(&i.side)),
    Column::new("STATE", |i| i.state.clone()),
    Column::new("TILL", |i| i.till.to_string()),
    Column::new("CONDUIT", |i| i.conduit.map(|conduit| short(&conduit)).unwrap_or_default()),
];

pub(super) async fn invite(args: Invite, ctx: &Ctx) -> Result<(), Failure> {
    let Invite { name, side, life, terms, no_qr } = args;
    ctx.only_if_real("print a link that opens a conduit")?;
    let invitation =
        ctx.client().give_invitation(&InvitationDraft { name, side, life: Span(life), terms }).await?;
    let link = invitation.link.clone().unwrap_or_default();
    let code = if no_qr || !ctx.out.is_for_people() { String::new() } else { code::picture(&link)? };
    let words = format!(
        "{code}{link}\n\nGood for one, until {}. On the other machine:\n  vrm conduit join '{link}'\n",
        invitation.till
    );
    ctx.out.thing(&invitation, &[link], &words)
}

pub(super) async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let invitations = all(None, async |page| client.invitations(&page).await).await?;
    ctx.out.list(&invitations, &COLUMNS, "No invitations. `vrm conduit invite` gives one.\n")
}

pub(super) async fn join(args: Join, ctx: &Ctx) -> Result<(), Failure> {
    let link = link(args.link, args.from)?;
    let read = Invitation::read(&link)?;
    ctx.only_if_real(&format!("ask {} to open a conduit", visible(read.name.as_str())))?;
    ctx.agree(&question(&read))?;
    let joined = ctx.client().join(&JoinDraft { link, name: args.name }).await?;
    let words = format!(
        "{} is asked to open a conduit. `vrm conduit invitations` shows what comes of it.\n",
        visible(joined.name.as_str())
    );
    ctx.out.thing(&joined, &[joined.id.to_string(), joined.state.clone()], &words)
}

fn link(given: Option<String>, from: Option<PathBuf>) -> Result<String, Failure> {
    let Some(path) = from else { return Ok(given.unwrap_or_default()) };
    let bytes = input::bytes(&path, import::MAX_FILE)?;
    import::link(&bytes).ok_or_else(|| {
        let cause = format!("{} holds nothing that begins with vrm:join?", path.display());
        usage("no_link", "there is no link in it", cause, "vrm conduit join LINK")
    })
}

fn question(read: &Invitation) -> String {
    let terms =
        read.terms.as_ref().map(|id| format!(" and sign {id} (`vrm terms show {id}`)")).unwrap_or_default();
    format!("Share a conduit with {} as its {}{terms}?", visible(read.name.as_str()), word(&read.side))
}

pub(super) async fn withdraw(invitation: &str, ctx: &Ctx) -> Result<(), Failure> {
    let invitation = ctx::id(invitation)?;
    ctx.only_if_real(&format!("withdraw invitation {invitation}"))?;
    let done = ctx.client().withdraw_invitation(&invitation).await?;
    let id = done.id.map(|id| id.to_string()).unwrap_or_default();
    ctx.out.thing(&done, &[id], "Whoever takes its link from now on is refused.\n")
}

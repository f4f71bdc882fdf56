//! What people do in a world, in words short enough for a story: alice buys, acme and bolt sell.

use vrm_core::blob;
use vrm_core::body::{Attachment, Body, Photo};
use vrm_core::object::deal::Reason;
use vrm_core::object::offer::{PriceKind, PricePart};
use vrm_core::object::{Card, Intent};
use vrm_core::value::{Function, Quantity, Seconds, Text};
use vrm_core::{Cid, Hash, Signed};
use vrm_protocol::blobs::{self, Place};
use vrm_protocol::command::{
    CardDraft, IntentDraft, OfferDraft, PreparedDecline, PreparedIntent, PreparedOffer, ProposalDraft,
    TermsPolicy,
};
use vrm_protocol::conduits::Content;
use vrm_protocol::invitations::{self, InvitationDraft, PreparedJoining};
use vrm_protocol::prepare::{self, Desk};
use vrm_protocol::records::Deal;
use vrm_protocol::{Command, Event, Reply, Side, query};

use crate::node::{Node, NodeId};
use crate::world::{Said, World};

/// Text of a story.
///
/// # Panics
/// When it is too long or not plain: a story is wrong then.
#[must_use]
pub fn text<const MAX: usize>(words: &str) -> Text<MAX> {
    Text::new(words).expect("a story's words are short and plain")
}

/// A wish in a category, for seven days.
///
/// # Panics
/// When the category is none.
#[must_use]
pub fn wish(title: &str, category: &str) -> IntentDraft {
    IntentDraft {
        title: text(title),
        function: Function::Buy,
        categories: vec![category.parse().expect("a story's category is one")],
        product: None,
        quantity: Quantity::pieces(1),
        condition: Vec::new(),
        place: None,
        radius_km: 0,
        region: None,
        window: None,
        budget: None,
        reserve: None,
        terms: Vec::new(),
        cap: None,
        life: Seconds::days(7),
        note: None,
        address: None,
        props: std::collections::BTreeMap::new(),
        dry: false,
    }
}

/// A proposal at a price, such as `400 EUR`, that holds for three days.
///
/// # Panics
/// When the price is none.
#[must_use]
pub fn at_price(price: &str) -> ProposalDraft {
    let amount = price.parse().expect("a story's price is one");
    ProposalDraft {
        lines: Vec::new(),
        parts: vec![PricePart { kind: PriceKind::Base, amount }],
        total: None,
        days: 3,
        how: None,
        warranty: 24,
        returns: 14,
        life: Seconds::days(3),
        note: None,
    }
}

/// An offer at a price; it confirms by itself and within an hour.
#[must_use]
pub fn offer_at(intent: Cid, price: &str) -> OfferDraft {
    OfferDraft {
        intent,
        proposal: at_price(price),
        terms: None,
        counter_terms: None,
        responsible: None,
        auto_confirm: true,
        confirm_within: Seconds::hours(1),
    }
}

/// An invitation for a week, under no name but the card's.
#[must_use]
pub fn invitation() -> InvitationDraft {
    InvitationDraft { name: None, side: None, life: Seconds::days(7), terms: None }
}

/// A card under a name, that accepts the two standing agreements.
#[must_use]
pub fn card_of(name: &str) -> CardDraft {
    CardDraft {
        name: text(name),
        domain: None,
        categories: Vec::new(),
        areas: Vec::new(),
        languages: Vec::new(),
        accepts: vec![text("SD-BASE"), text("PDC-INTENT")],
        life: Seconds::days(30),
    }
}

impl Node {
    /// The node's talk about an offer.
    #[must_use]
    pub fn deal(&self, offer: &Cid) -> Option<Deal> {
        query::deal(self.store(), offer).ok().flatten()
    }

    /// All its events.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        query::events(self.store(), 0, usize::MAX)
            .unwrap_or_default()
            .into_iter()
            .map(|told| told.event)
            .collect()
    }

    /// A matched intent by its id.
    #[must_use]
    pub fn matched(&self, intent: &Cid) -> Option<Signed<Intent>> {
        self.events().into_iter().find_map(|event| match event {
            Event::Matched { intent: id, raw, .. } if id == *intent => Signed::from_own_store(&raw).ok(),
            _ => None,
        })
    }

    /// What is written in a conduit's journal, in its order: whose side, and the words.
    #[must_use]
    pub fn journal(&self, conduit: &Hash) -> Vec<(Side, String)> {
        let shown = vrm_protocol::conduits::read(self.store(), conduit).unwrap_or_default();
        let words = |content| match content {
            Content::Plain(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            other => format!("{other:?}"),
        };
        shown.into_iter().map(|entry| (entry.by, words(entry.content))).collect()
    }

    /// Orders it holds, with the intent of each.
    #[must_use]
    pub fn orders(&self) -> Vec<(Cid, Hash)> {
        let deals = query::deals(self.store()).unwrap_or_default();
        deals.into_iter().filter_map(|d| d.order.map(|order| (d.offer, order))).collect()
    }
}

impl World {
    /// Uses a node's desk: its root, choices, terms and clock, and chance of the world.
    fn at_desk<T>(
        &mut self,
        id: NodeId,
        work: impl FnOnce(&Node, &Desk<'_>, &mut rand_chacha::ChaCha20Rng) -> T,
    ) -> T {
        let mut chance = self.desk();
        let (node, now) = (self.node(id), self.clock(id));
        let policy: TermsPolicy = query::terms_policy(node.store()).unwrap_or_default();
        let mailboxes = vrm_protocol::mailbox::routes(node.store()).unwrap_or_default();
        let (root, settings, route) = (node.root(), node.settings(), node.route());
        let desk = Desk { root, settings, policy: &policy, route, mailboxes, now };
        work(node, &desk, chance.rng())
    }

    /// Signs an intent without casting it.
    ///
    /// # Errors
    /// [`Said::Unprepared`].
    pub fn prepare_intent(&mut self, id: NodeId, draft: &IntentDraft) -> Result<PreparedIntent, Said> {
        self.at_desk(id, |_, desk, rng| prepare::intent(desk, draft, rng))
            .map_err(|e| Said::Unprepared(e.to_string()))
    }

    /// Signs an offer without sending it.
    ///
    /// # Errors
    /// [`Said::Unprepared`], also when the intent was not matched here.
    pub fn prepare_offer(&mut self, id: NodeId, draft: &OfferDraft) -> Result<PreparedOffer, Said> {
        self.at_desk(id, |node, desk, rng| {
            let intent =
                node.matched(&draft.intent).ok_or_else(|| Said::Unprepared("not matched here".into()))?;
            let card = query::own_card(node.store()).ok().flatten();
            let card = card.as_ref().map(Signed::body);
            prepare::offer(desk, &intent, card, draft, rng).map_err(|e| Said::Unprepared(e.to_string()))
        })
    }

    /// Signs a "declined" under an intent's terms without sending it.
    ///
    /// # Errors
    /// [`Said::Unprepared`], also when the intent was not matched here.
    pub fn prepare_decline(&mut self, id: NodeId, intent: &Cid) -> Result<PreparedDecline, Said> {
        self.at_desk(id, |node, desk, rng| {
            let intent = node.matched(intent).ok_or_else(|| Said::Unprepared("not matched here".into()))?;
            prepare::decline(desk, &intent, rng).map_err(|e| Said::Unprepared(e.to_string()))
        })
    }

    /// Signs a card without publishing it; it continues the one before.
    ///
    /// # Errors
    /// [`Said::Unprepared`].
    pub fn prepare_card(
        &mut self,
        id: NodeId,
        draft: &CardDraft,
        before: Option<&Signed<Card>>,
    ) -> Result<Signed<Card>, Said> {
        self.at_desk(id, |_, desk, rng| prepare::card(desk, draft, before, rng))
            .map_err(|e| Said::Unprepared(e.to_string()))
    }

    fn object(&mut self, id: NodeId, command: Command) -> Result<Cid, Said> {
        match self.ask(id, command)? {
            Reply::Object { id } => Ok(id),
            _ => Err(Said::Silence),
        }
    }

    fn done(&mut self, id: NodeId, command: Command) -> Result<(), Said> {
        self.ask(id, command).map(|_| ())
    }

    /// Casts an intent.
    ///
    /// # Errors
    /// [`Said`], as for all that people do.
    pub fn cast(&mut self, id: NodeId, draft: &IntentDraft) -> Result<Cid, Said> {
        let prepared = self.prepare_intent(id, draft)?;
        self.object(id, Command::Cast(Box::new(prepared)))
    }

    /// Ends an own intent.
    ///
    /// # Errors
    /// [`Said`].
    pub fn withdraw(&mut self, id: NodeId, intent: Cid) -> Result<Cid, Said> {
        self.object(id, Command::Withdraw { intent })
    }

    /// Keeps a filter.
    ///
    /// # Errors
    /// [`Said`].
    pub fn listen_for(&mut self, id: NodeId, name: &str, source: &str) -> Result<(), Said> {
        self.done(id, Command::SaveFilter { name: text(name), source: source.to_owned() })
    }

    /// Publishes a card.
    ///
    /// # Errors
    /// [`Said`].
    pub fn publish_card(&mut self, id: NodeId, draft: &CardDraft) -> Result<Cid, Said> {
        let before = query::own_card(self.node(id).store()).ok().flatten();
        let card = self.prepare_card(id, draft, before.as_ref())?;
        self.object(id, Command::Publish(Box::new(card)))
    }

    /// Sends an offer.
    ///
    /// # Errors
    /// [`Said`].
    pub fn offer(&mut self, id: NodeId, draft: &OfferDraft) -> Result<Cid, Said> {
        let prepared = self.prepare_offer(id, draft)?;
        self.object(id, Command::Offer(Box::new(prepared)))
    }

    /// Declines the terms of a matched intent.
    ///
    /// # Errors
    /// [`Said`].
    pub fn decline_terms(&mut self, id: NodeId, intent: &Cid) -> Result<(), Said> {
        let prepared = self.prepare_decline(id, intent)?;
        self.done(id, Command::DeclineTerms(Box::new(prepared)))
    }

    /// Asks about an offer.
    ///
    /// # Errors
    /// [`Said`].
    pub fn question(&mut self, id: NodeId, offer: Cid, words: &str) -> Result<Cid, Said> {
        self.object(id, Command::Ask { offer, text: text(words) })
    }

    /// Answers a question.
    ///
    /// # Errors
    /// [`Said`].
    pub fn reply(&mut self, id: NodeId, offer: Cid, words: &str) -> Result<Cid, Said> {
        self.object(id, Command::Answer { offer, text: text(words) })
    }

    /// Signs an invitation, gives it, and says the link.
    ///
    /// # Errors
    /// [`Said`].
    pub fn invite(&mut self, id: NodeId, draft: &InvitationDraft) -> Result<String, Said> {
        let invitation = self
            .at_desk(id, |node, desk, rng| {
                let card = query::own_card(node.store()).ok().flatten();
                invitations::prepare::invitation(desk, card.as_ref().map(Signed::body), draft, rng)
            })
            .map_err(|e| Said::Unprepared(e.to_string()))?;
        self.object(id, Command::Invite(Box::new(invitation.clone())))?;
        Ok(invitations::link::write(&invitation))
    }

    /// Makes the letter that takes an invitation, without sending it.
    ///
    /// # Errors
    /// [`Said::Unprepared`].
    pub fn prepare_joining(&mut self, id: NodeId, link: &str) -> Result<PreparedJoining, Said> {
        let invitation = invitations::link::read(link).map_err(|e| Said::Unprepared(e.to_string()))?;
        self.at_desk(id, |node, desk, rng| {
            let card = query::own_card(node.store()).ok().flatten();
            invitations::prepare::joining(desk, card.as_ref().map(Signed::body), &invitation, None, rng)
        })
        .map_err(|e| Said::Unprepared(e.to_string()))
    }

    /// Takes an invitation.
    ///
    /// # Errors
    /// [`Said`].
    pub fn join(&mut self, id: NodeId, link: &str) -> Result<Cid, Said> {
        let prepared = self.prepare_joining(id, link)?;
        self.object(id, Command::Join(Box::new(prepared)))
    }

    /// Writes a note into a conduit's journal.
    ///
    /// # Errors
    /// [`Said`].
    pub fn note(&mut self, id: NodeId, conduit: Hash, words: &str) -> Result<Cid, Said> {
        let subtype = "note".parse().expect("a word is a subtype");
        self.object(id, Command::Append { conduit, subtype, body: words.as_bytes().to_vec() })
    }

    /// Puts a file beside a conduit's journal, for an entry to name: the same bytes are there once.
    ///
    /// # Errors
    /// [`Said`].
    pub fn attach(&mut self, id: NodeId, conduit: Hash, plain: &[u8]) -> Result<Attachment, Said> {
        let node = self.node(id);
        let (known, same) = blobs::same(node.store(), node.root(), &conduit, plain)
            .map_err(|e| Said::Unprepared(e.to_string()))?;
        if let Some(same) = same {
            return Ok(same);
        }
        let sealed = blob::seal(plain, self.desk().rng()).map_err(|e| Said::Unprepared(e.to_string()))?;
        let (place, manifest) = (Place { conduit, blob: sealed.manifest.id() }, Box::new(sealed.manifest));
        self.done(id, Command::BeginBlob { conduit, manifest, known })?;
        for (n, some) in sealed.chunks.chunks(blobs::AT_ONCE).enumerate() {
            let (first, chunks) = (n * blobs::AT_ONCE, some.to_vec());
            self.done(id, Command::KeepChunks { place, first, chunks })?;
        }
        let (key, size) = (*sealed.key.expose(), plain.len() as u64);
        Ok(Attachment { blob: place.blob, key, size, media: text("image/jpeg"), alt: None })
    }

    /// Writes an entry that names files.
    ///
    /// # Errors
    /// [`Said`].
    pub fn show(&mut self, id: NodeId, conduit: Hash, photos: Vec<Attachment>) -> Result<Cid, Said> {
        let body = Body::from(Photo { photos, text: None, thing: None });
        let subtype = body.word().parse().expect("a known kind's word is a subtype");
        let body = body.encode().map_err(|e| Said::Unprepared(e.to_string()))?;
        self.object(id, Command::Append { conduit, subtype, body })
    }

    /// Proposes another price.
    ///
    /// # Errors
    /// [`Said`].
    pub fn counter(&mut self, id: NodeId, offer: Cid, price: &str) -> Result<Cid, Said> {
        self.object(id, Command::Counter { offer, proposal: Box::new(at_price(price)) })
    }

    /// Accepts what stands.
    ///
    /// # Errors
    /// [`Said`].
    pub fn accept(&mut self, id: NodeId, offer: Cid) -> Result<Cid, Said> {
        self.object(id, Command::Accept { offer })
    }

    /// Confirms an acceptance.
    ///
    /// # Errors
    /// [`Said`].
    pub fn confirm(&mut self, id: NodeId, offer: Cid) -> Result<(), Said> {
        self.done(id, Command::Confirm { offer })
    }

    /// Has letters held at a node that can be dialled.
    ///
    /// # Errors
    /// [`Said`].
    pub fn add_mailbox(&mut self, id: NodeId, mailbox: NodeId) -> Result<(), Said> {
        let (peer, addrs) = (self.node(mailbox).peer(), vec![self.node(mailbox).address()]);
        self.done(id, Command::AddMailbox { peer, addrs })
    }

    /// Says no.
    ///
    /// # Errors
    /// [`Said`].
    pub fn decline(&mut self, id: NodeId, offer: Cid, reason: Reason) -> Result<(), Said> {
        self.done(id, Command::Decline { offer, reason })
    }
}

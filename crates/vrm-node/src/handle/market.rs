//! The market of a running node: intents, cards, filters, offers, deals.
//!
//! Knows: what has to be prepared, which takes a second of work and happens on a thread of its own, before it can be
//! asked for. Must not know the rules: the machine has them.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use vrm_core::object::{Intent, Reason, Route};
use vrm_core::value::Text;
use vrm_core::{Cid, Signed};
use vrm_protocol::command::{
    CardDraft, IntentDraft, OfferDraft, PreparedIntent, PreparedOffer, ProposalDraft, TermsPolicy,
};
use vrm_protocol::prepare::{self, Desk};
use vrm_protocol::{Act, Command, Reply, compile_filter, query};

use super::NodeHandle;
use crate::error::NodeError;
use crate::previews::Preview;

impl NodeHandle {
    /// Prepares an intent and shows exactly what would leave. Nothing leaves before [`Self::cast_prepared`].
    ///
    /// # Errors
    /// [`NodeError::Prepare`] with the rule that the draft breaks.
    pub async fn preview(&self, draft: IntentDraft) -> Result<Preview, NodeError> {
        let prepared = self.prepare_intent(draft).await?;
        Ok(self.0.intents.keep(prepared, self.now()))
    }

    /// Casts a previewed intent: the very bytes that were shown.
    ///
    /// # Errors
    /// [`NodeError::PreviewGone`]; [`NodeError::Refused`].
    pub async fn cast_prepared(&self, preview: Cid) -> Result<Cid, NodeError> {
        let prepared = self.0.intents.take(&preview, self.now())?;
        self.object(Command::Cast(Box::new(prepared))).await
    }

    /// Casts an intent.
    ///
    /// # Errors
    /// [`NodeError::Prepare`]; [`NodeError::Refused`].
    pub async fn cast(&self, draft: IntentDraft) -> Result<Cid, NodeError> {
        let prepared = self.prepare_intent(draft).await?;
        self.object(Command::Cast(Box::new(prepared))).await
    }

    /// Ends an own intent before its time; returns the id of the withdrawal.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn withdraw(&self, intent: Cid) -> Result<Cid, NodeError> {
        self.object(Command::Withdraw { intent }).await
    }

    /// Publishes a vendor card, or the next revision of the one before.
    ///
    /// # Errors
    /// [`NodeError::Prepare`]; [`NodeError::Refused`].
    pub async fn publish_card(&self, draft: CardDraft) -> Result<Cid, NodeError> {
        let before = self.read(query::own_card).await?;
        let card = self
            .at_desk(self.route().await, move |desk, rng| {
                Ok(prepare::card(desk, &draft, before.as_ref(), rng)?)
            })
            .await?;
        self.object(Command::Publish(Box::new(card))).await
    }

    /// Keeps a filter under a name; an equal name is replaced.
    ///
    /// # Errors
    /// [`NodeError::Filter`] with the place that does not compile.
    pub async fn save_filter(&self, name: Text<64>, source: impl Into<String>) -> Result<(), NodeError> {
        let source = source.into();
        compile_filter(&source).map_err(NodeError::Filter)?;
        self.done(Command::SaveFilter { name, source }).await
    }

    /// Forgets a filter.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn remove_filter(&self, name: Text<64>) -> Result<(), NodeError> {
        self.done(Command::RemoveFilter { name }).await
    }

    /// An intent of others that matched a filter here and is still open.
    ///
    /// # Errors
    /// [`NodeError::Refused`] when there is none.
    pub async fn matched(&self, intent: Cid) -> Result<Signed<Intent>, NodeError> {
        match self.command(Command::Find { intent }, Act::Human).await? {
            Reply::Found { seq } => self.with_store(move |store| Ok(query::matched_at(store, seq)?)).await,
            _ => Err(NodeError::Broken("the machine")),
        }
    }

    /// Prepares an offer and shows exactly what would leave. Nothing leaves before [`Self::offer_prepared`].
    ///
    /// # Errors
    /// [`NodeError::Prepare`]; [`NodeError::Refused`] when the intent is not here.
    pub async fn preview_offer(&self, draft: OfferDraft) -> Result<Preview<PreparedOffer>, NodeError> {
        let prepared = self.prepare_offer(draft).await?;
        Ok(self.0.offers.keep(prepared, self.now()))
    }

    /// Sends a previewed offer: the very bytes that were shown.
    ///
    /// # Errors
    /// [`NodeError::PreviewGone`]; [`NodeError::Refused`].
    pub async fn offer_prepared(&self, preview: Cid) -> Result<Cid, NodeError> {
        let prepared = self.0.offers.take(&preview, self.now())?;
        self.object(Command::Offer(Box::new(prepared))).await
    }

    /// Offers on a matched intent.
    ///
    /// # Errors
    /// [`NodeError::Prepare`]; [`NodeError::Refused`].
    pub async fn offer(&self, draft: OfferDraft) -> Result<Cid, NodeError> {
        let prepared = self.prepare_offer(draft).await?;
        self.object(Command::Offer(Box::new(prepared))).await
    }

    /// Signs "declined" under the terms that an intent proffers, instead of offering.
    ///
    /// # Errors
    /// [`NodeError::Prepare`]; [`NodeError::Refused`].
    pub async fn decline_terms(&self, intent: Cid) -> Result<(), NodeError> {
        let intent = self.matched(intent).await?;
        let prepared = self.at_desk(None, move |desk, rng| Ok(prepare::decline(desk, &intent, rng)?)).await?;
        self.done(Command::DeclineTerms(Box::new(prepared))).await
    }

    /// Asks the one question about an offer.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn ask(&self, offer: Cid, text: Text<500>) -> Result<Cid, NodeError> {
        self.object(Command::Ask { offer, text }).await
    }

    /// Answers it.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn answer(&self, offer: Cid, text: Text<1000>) -> Result<Cid, NodeError> {
        self.object(Command::Answer { offer, text }).await
    }

    /// Makes the one counter to an offer.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn counter(&self, offer: Cid, proposal: ProposalDraft) -> Result<Cid, NodeError> {
        self.object(Command::Counter { offer, proposal: Box::new(proposal) }).await
    }

    /// Accepts an offer, or the other side's counter to it. The deal stands once the other side confirms.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn accept(&self, offer: Cid) -> Result<Cid, NodeError> {
        self.object(Command::Accept { offer }).await
    }

    /// Confirms an acceptance by hand.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn confirm(&self, offer: Cid) -> Result<(), NodeError> {
        self.done(Command::Confirm { offer }).await
    }

    /// Says no.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn decline(&self, offer: Cid, reason: Reason) -> Result<(), NodeError> {
        self.done(Command::Decline { offer, reason }).await
    }

    /// Sets the standing terms.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn set_terms(&self, policy: TermsPolicy) -> Result<(), NodeError> {
        self.done(Command::SetTerms(policy)).await
    }

    pub(super) async fn object(&self, command: Command) -> Result<Cid, NodeError> {
        match self.command(command, Act::Human).await? {
            Reply::Object { id } => Ok(id),
            _ => Err(NodeError::Broken("the machine")),
        }
    }

    pub(super) async fn done(&self, command: Command) -> Result<(), NodeError> {
        self.command(command, Act::Human).await.map(drop)
    }

    async fn prepare_intent(&self, draft: IntentDraft) -> Result<PreparedIntent, NodeError> {
        self.at_desk(None, move |desk, rng| Ok(prepare::intent(desk, &draft, rng)?)).await
    }

    async fn prepare_offer(&self, draft: OfferDraft) -> Result<PreparedOffer, NodeError> {
        let intent = self.matched(draft.intent).await?;
        let card = self.read(query::own_card).await?;
        self.at_desk(self.route().await, move |desk, rng| {
            Ok(prepare::offer(desk, &intent, card.as_ref().map(Signed::body), &draft, rng)?)
        })
        .await
    }

    /// Prepares something on a thread that may work for a second.
    pub(super) async fn at_desk<T, F>(&self, route: Option<Route>, prepare: F) -> Result<T, NodeError>
    where
        T: Send + 'static,
        F: FnOnce(&Desk<'_>, &mut ChaCha20Rng) -> Result<T, NodeError> + Send + 'static,
    {
        let shared = Arc::clone(&self.0);
        self.with_store(move |store| {
            let (policy, now) = (query::terms_policy(store)?, shared.clock.now());
            let mailboxes = vrm_protocol::mailbox::routes(store)?;
            let (root, settings) = (&shared.root, &shared.settings);
            let desk = Desk { root, settings, policy: &policy, route, mailboxes, now };
            prepare(&desk, &mut shared.chance.rng())
        })
        .await
    }

    /// Where letters to this node may be left. Loopback addresses are told only when there are no others.
    pub(super) async fn route(&self) -> Option<Route> {
        let (far, near): (Vec<_>, Vec<_>) =
            self.addresses().await.into_iter().partition(|addr| !is_loopback(addr));
        let addrs = if far.is_empty() { near } else { far };
        let bare: Vec<String> = addrs.iter().map(|addr| bare(addr).to_owned()).collect();
        prepare::route(self.peer().as_str(), &bare).ok()
    }
}

fn is_loopback(addr: &str) -> bool {
    ["/ip4/127.", "/ip6/::1/", "/memory/"].iter().any(|start| addr.starts_with(start))
}

/// The address without the name at its end: a route has the name beside it.
pub(super) fn bare(addr: &str) -> &str {
    addr.split_once("/p2p/").map_or(addr, |(addr, _)| addr)
}

//! From drafts to signed objects, with their work done: slow, pure, and before anything is decided or sent.
//!
//! Knows: drafts, the root, the roster. Must not know the store: what is prepared may still be thrown away, and a
//! preview shows exactly the bytes that would leave.

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use vrm_core::agreement::{Answer, Half, Record};
use vrm_core::body_seal::{ContentError, PairKey, seal_body};
use vrm_core::envelope::{EnvelopeError, Nonce, Payload, VERSION, sign};
use vrm_core::object::entry::Subtype;
use vrm_core::object::offer::Line;
use vrm_core::object::{Card, Detail, Intent, Letter, Offer, Price, Proposal, Route, letter::seal_inside};
use vrm_core::root::Root;
use vrm_core::roster::{self, Roster, TermRef};
use vrm_core::seal::{SealError, box_of};
use vrm_core::value::{Area, AreaError, Money, MoneyError, Place, Text, Timestamp};
use vrm_core::{Kind, SealPublic, Signed, Signer, cbor, limits};

use crate::command::{
    CardDraft, IntentDraft, OfferDraft, PreparedBody, PreparedDecline, PreparedEntry, PreparedIntent,
    PreparedOffer, PrivateIntent, ProposalDraft, TermsPolicy,
};
use crate::records::Conduit;
use crate::settings::Settings;

/// Characters of geohash that may be public.
const PUBLIC_GEOHASH: usize = 4;

/// Why a draft cannot become an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// The roster lacks an agreement.
    #[error("the roster has no agreement \"{0}\"; list them with `vrm terms list`")]
    NoSuchTerms(Text<32>),
    /// A customer may not proffer it.
    #[error(
        "\"{0}\" stands only as a vendor's counter; choose one that `vrm terms list` marks as yours to proffer"
    )]
    NotProfferable(Text<32>),
    /// The intent does not proffer it.
    #[error("the intent does not proffer \"{0}\"; it proffers {1}")]
    NotProffered(Text<32>, String),
    /// The intent proffers nothing that this vendor signs.
    #[error(
        "the intent proffers {0}, and the card accepts none of them; name one with --terms, or decline them"
    )]
    NoCommonTerms(String),
    /// No lines, no price.
    #[error("a proposal needs at least one part of a price, such as --price 400EUR")]
    NoPrice,
    /// The life is out of bounds.
    #[error("it may stand for at most {most} seconds, and {asked} were asked for")]
    TooLong {
        /// Seconds asked for.
        asked: u64,
        /// Seconds allowed.
        most: u64,
    },
    /// An intent or invitation asks for more work than this program does for a stranger.
    #[error("it asks for {0} bits of proof of work, and this node does at most {most}", most = limits::WORK_WILLING)]
    TooMuchWork(u8),
    /// The intent has ended.
    #[error("the intent ended at {0}")]
    Ended(Timestamp),
    /// The invitation has ended.
    #[error("the invitation ended at {0}; ask for a new one")]
    InvitationOver(Timestamp),
    /// The invitation proffers an agreement whose text is not here.
    #[error("the invitation proffers \"{0}\" in words that this node does not have")]
    UnknownTerms(Text<32>),
    /// Nobody could answer an invitation.
    #[error("this node listens nowhere and uses no mailbox, so nobody could answer")]
    NoWayHere,
    /// Money does not add up.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The place is none.
    #[error(transparent)]
    Area(#[from] AreaError),
    /// The object breaks a rule of its kind.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// An entry's body could not be sealed.
    #[error(transparent)]
    Body(#[from] ContentError),
    /// The customer's reserve is in another currency than the budget, or below it.
    #[error("{0}")]
    Reserve(String),
    /// An agreement could not be signed.
    #[error(transparent)]
    Agreement(#[from] vrm_core::agreement::AgreementError),
}

/// What preparing needs beside the draft.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The node's root secret.
    pub root: &'a Root,
    /// The node's choices.
    pub settings: &'a Settings,
    /// The customer's standing terms.
    pub policy: &'a TermsPolicy,
    /// Where letters to this node may be left, for cards and offers.
    pub route: Option<Route>,
    /// Mailboxes that hold letters for this node, for intents, cards and offers.
    pub mailboxes: Vec<Route>,
    /// The present.
    pub now: Timestamp,
}

/// Makes an intent: a fresh pseudonym, the public stub, the sealed detail, the work.
///
/// # Errors
/// [`PrepareError`]; nothing has left and nothing is kept.
pub fn intent(
    desk: &Desk<'_>,
    draft: &IntentDraft,
    rng: &mut ChaCha20Rng,
) -> Result<PreparedIntent, PrepareError> {
    check_life(draft.life.get(), limits::INTENT_LIFE)?;
    check_reserve(draft)?;
    let mut seed = [0; 16];
    rng.fill_bytes(&mut seed);
    let keys = desk.root.intent(&seed);
    let detail = detail(draft, rng)?;
    let body = stub(desk, draft, keys.reply.public(), detail.as_deref())?;
    let mut payload =
        Payload::new(keys.signer.public(), desk.now, desk.now.saturating_add(draft.life), nonce(rng), body)
            .with_work(desk.settings.work_gossip);
    payload.dry = draft.dry;
    let signed = sign(payload, &keys.signer)?;
    Ok(PreparedIntent { signed, private: PrivateIntent { seed, reserve: draft.reserve, detail } })
}

fn stub(
    desk: &Desk<'_>,
    draft: &IntentDraft,
    reply: SealPublic,
    detail: Option<&[u8]>,
) -> Result<Intent, PrepareError> {
    Ok(Intent {
        function: draft.function,
        categories: draft.categories.clone(),
        title: draft.title.clone(),
        product: draft.product.clone(),
        quantity: draft.quantity,
        condition: draft.condition.clone(),
        area: area(draft)?,
        window: draft.window,
        budget: draft.budget,
        terms: proffered(desk, &draft.terms)?,
        reply,
        routes: desk.mailboxes.clone(),
        cap: draft.cap.unwrap_or(limits::OFFER_CAP),
        level: 0,
        work: desk.settings.work_offer,
        detail: detail.map(Detail::commitment),
        props: draft.props.clone(),
    })
}

/// The public area: four characters of geohash at most, whatever she said.
fn area(draft: &IntentDraft) -> Result<Option<Area>, PrepareError> {
    match &draft.place {
        Some(place) => Ok(Some(Area::new(Place::Geohash(place.coarsened(PUBLIC_GEOHASH)), draft.radius_km)?)),
        None => Ok(draft.region),
    }
}

fn proffered(desk: &Desk<'_>, asked: &[Text<32>]) -> Result<Vec<TermRef>, PrepareError> {
    let ids = if asked.is_empty() { &desk.policy.proffer } else { asked };
    let mut terms =
        ids.iter().map(|id| reference(&desk.settings.roster, id, true)).collect::<Result<Vec<_>, _>>()?;
    if terms.iter().all(|t| t.id.as_str() != roster::INTENT)
        && let Some(agreement) = desk.settings.roster.get(roster::INTENT)
    {
        terms.push(agreement.reference());
    }
    Ok(terms)
}

pub(crate) fn reference(roster: &Roster, id: &Text<32>, customer: bool) -> Result<TermRef, PrepareError> {
    let agreement = roster.get(id.as_str()).ok_or_else(|| PrepareError::NoSuchTerms(id.clone()))?;
    if customer && !agreement.proffer {
        return Err(PrepareError::NotProfferable(id.clone()));
    }
    Ok(agreement.reference())
}

/// What stays sealed: present when there is anything that the stub does not say.
fn detail(draft: &IntentDraft, rng: &mut ChaCha20Rng) -> Result<Option<Vec<u8>>, PrepareError> {
    let finer = draft.place.filter(|p| p.precision() > PUBLIC_GEOHASH);
    if draft.note.is_none() && draft.address.is_none() && finer.is_none() {
        return Ok(None);
    }
    let detail =
        Detail { salt: nonce(rng), note: draft.note.clone(), place: finer, address: draft.address.clone() };
    cbor::encode(&detail).map(Some).map_err(|e| PrepareError::Reserve(e.to_string()))
}

fn check_reserve(draft: &IntentDraft) -> Result<(), PrepareError> {
    let (Some(reserve), Some(budget)) = (&draft.reserve, &draft.budget) else { return Ok(()) };
    match reserve.compare(&budget.max())? {
        std::cmp::Ordering::Less => Err(PrepareError::Reserve(format!(
            "the public budget ends at {}, above the {reserve} you would pay at most; lower --budget or raise --max",
            budget.max()
        ))),
        _ => Ok(()),
    }
}

pub(crate) fn check_life(asked: u64, most: u64) -> Result<(), PrepareError> {
    if asked == 0 || asked > most { Err(PrepareError::TooLong { asked, most }) } else { Ok(()) }
}

pub(crate) fn nonce(rng: &mut ChaCha20Rng) -> [u8; 16] {
    let mut nonce = [0; 16];
    rng.fill_bytes(&mut nonce);
    nonce
}

/// Makes a vendor card; `rev` and `series` continue the card before, if there was one.
///
/// # Errors
/// [`PrepareError`].
pub fn card(
    desk: &Desk<'_>,
    draft: &CardDraft,
    before: Option<&Signed<Card>>,
    rng: &mut ChaCha20Rng,
) -> Result<Signed<Card>, PrepareError> {
    check_life(draft.life.get(), limits::CARD_LIFE)?;
    let signer = desk.root.vendor();
    let accepts = draft
        .accepts
        .iter()
        .map(|id| reference(&desk.settings.roster, id, false))
        .collect::<Result<_, _>>()?;
    let body = Card {
        name: draft.name.clone(),
        domain: draft.domain.clone(),
        categories: draft.categories.clone(),
        areas: draft.areas.clone(),
        languages: draft.languages.clone(),
        accepts,
        routes: desk.route.iter().chain(&desk.mailboxes).cloned().collect(),
        work: desk.settings.work_offer,
    };
    let till = desk.now.saturating_add(draft.life);
    let mut payload =
        Payload::new(signer.public(), desk.now, till, nonce(rng), body).with_work(desk.settings.work_gossip);
    payload.series = before.and_then(|b| b.payload().series).or_else(|| Some(Nonce(nonce(rng))));
    payload.rev = Some(before.and_then(|b| b.payload().rev).map_or(1, |rev| rev + 1));
    payload.prev = before.map(Signed::id);
    Ok(sign(payload, &signer)?)
}

/// Makes an offer and the letter around it.
///
/// # Errors
/// [`PrepareError`].
pub fn offer(
    desk: &Desk<'_>,
    intent: &Signed<Intent>,
    own_card: Option<&Card>,
    draft: &OfferDraft,
    rng: &mut ChaCha20Rng,
) -> Result<PreparedOffer, PrepareError> {
    if intent.payload().till < desk.now {
        return Err(PrepareError::Ended(intent.payload().till));
    }
    let signer = desk.root.vendor();
    let half = half(desk, intent, own_card, draft, &signer)?;
    let body = offer_body(desk, intent, own_card, draft)?;
    let till = desk.now.saturating_add(draft.proposal.life).max(intent.payload().till);
    let inside = sign(Payload::new(signer.public(), desk.now, till, nonce(rng), body), &signer)?;
    let sealed = seal_inside(&inside, &intent.body().reply, &intent.id(), rng)?;
    let letter = ticket_letter(desk.now, rng, intent, &signer, half, Some(sealed))?;
    Ok(PreparedOffer { intent: intent.clone(), offer: inside, letter, auto_confirm: draft.auto_confirm })
}

/// Seals an entry's body for both sides of its conduit.
///
/// # Errors
/// [`PrepareError::Body`].
pub fn entry(
    conduit: &Conduit,
    pair: &PairKey,
    subtype: Subtype,
    plain: Vec<u8>,
    rng: &mut ChaCha20Rng,
) -> Result<PreparedEntry, PrepareError> {
    let body = body(conduit, pair, &plain, rng)?;
    Ok(PreparedEntry { conduit: conduit.id, subtype, body, plain: plain.into() })
}

pub(crate) fn body(
    conduit: &Conduit,
    pair: &PairKey,
    plain: &[u8],
    rng: &mut ChaCha20Rng,
) -> Result<PreparedBody, ContentError> {
    let to = [conduit.mine.seal, conduit.theirs.seal];
    let (commitment, size, sealed, key) = seal_body(plain, &conduit.id, pair, rng)?;
    Ok(PreparedBody { commitment, size, sealed, key, to })
}

/// Makes a "declined" under the first proffered terms, and the letter around it.
///
/// # Errors
/// [`PrepareError`].
pub fn decline(
    desk: &Desk<'_>,
    intent: &Signed<Intent>,
    rng: &mut ChaCha20Rng,
) -> Result<PreparedDecline, PrepareError> {
    let signer = desk.root.vendor();
    let first = choose_terms(intent.body(), None, None)?;
    let half = sign_half(desk, intent, &signer, first, Answer::Declined)?;
    let letter = ticket_letter(desk.now, rng, intent, &signer, half, None)?;
    Ok(PreparedDecline { intent: intent.clone(), letter })
}

fn offer_body(
    desk: &Desk<'_>,
    intent: &Signed<Intent>,
    card: Option<&Card>,
    draft: &OfferDraft,
) -> Result<Offer, PrepareError> {
    let asked = Line {
        title: Text::new(intent.body().title.as_str()).unwrap_or_else(|_| crate::turn::clip("as asked")),
        product: intent.body().product.clone(),
        quantity: intent.body().quantity,
        exact: true,
    };
    let name = card.map_or("a vendor", |c| c.name.as_str());
    Ok(Offer {
        intent: intent.id(),
        proposal: proposal(&draft.proposal, &[asked], desk.now)?,
        responsible: draft.responsible.clone().unwrap_or_else(|| crate::turn::clip(name)),
        basis: crate::turn::clip("your intent"),
        personalised: false,
        data_used: Vec::new(),
        reply: desk.root.vendor_reply(&intent.id()).public(),
        route: desk.route.clone(),
        mailboxes: desk.mailboxes.clone(),
        confirm_within: u32::try_from(draft.confirm_within.get()).unwrap_or(u32::MAX).max(1),
    })
}

/// Makes the part of an offer that a counter may change.
///
/// # Errors
/// [`PrepareError::NoPrice`], [`PrepareError::Money`].
pub fn proposal(draft: &ProposalDraft, lines: &[Line], now: Timestamp) -> Result<Proposal, PrepareError> {
    let first = draft.parts.first().ok_or(PrepareError::NoPrice)?;
    let sum = Money::sum(first.amount.currency(), draft.parts.iter().map(|p| p.amount))?;
    Ok(Proposal {
        lines: if draft.lines.is_empty() { lines.to_vec() } else { draft.lines.clone() },
        price: Price { parts: draft.parts.clone(), total: draft.total.unwrap_or(sum) },
        delivery: vrm_core::object::Delivery { days: draft.days, how: draft.how.clone() },
        warranty: draft.warranty,
        returns: draft.returns,
        valid: now.saturating_add(draft.life),
        note: draft.note.clone(),
    })
}

fn half(
    desk: &Desk<'_>,
    intent: &Signed<Intent>,
    card: Option<&Card>,
    draft: &OfferDraft,
    signer: &Signer,
) -> Result<Half, PrepareError> {
    let proffered = choose_terms(intent.body(), card, draft.terms.as_ref())?;
    let answer = match &draft.counter_terms {
        Some(id) => Answer::Countered { with: reference(&desk.settings.roster, id, false)? },
        None => Answer::Accepted,
    };
    sign_half(desk, intent, signer, proffered, answer)
}

/// The vendor's half of the record about an intent's terms.
fn sign_half(
    desk: &Desk<'_>,
    intent: &Signed<Intent>,
    signer: &Signer,
    proffered: TermRef,
    answer: Answer,
) -> Result<Half, PrepareError> {
    let record = Record {
        v: VERSION,
        kind: Kind::Agreement,
        first: intent.by(),
        second: signer.public(),
        scope: intent.id(),
        proffered,
        answer,
        at: desk.now,
        till: intent.payload().till,
    };
    Ok(Half::sign(&record, signer)?)
}

/// The proffered agreement to sign: the named one, else the first that the card accepts, else, without a card, the first.
fn choose_terms(
    intent: &Intent,
    card: Option<&Card>,
    named: Option<&Text<32>>,
) -> Result<TermRef, PrepareError> {
    let list = || intent.terms.iter().map(|t| t.id.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(id) = named {
        let found = intent.terms.iter().find(|t| t.id == *id);
        return found.cloned().ok_or_else(|| PrepareError::NotProffered(id.clone(), list()));
    }
    let accepted = |t: &&TermRef| card.is_none_or(|c| c.accepts.is_empty() || c.accepts.contains(t));
    intent.terms.iter().find(accepted).cloned().ok_or_else(|| PrepareError::NoCommonTerms(list()))
}

/// Signs the outside of a first letter and does the work that the intent asks for.
fn ticket_letter(
    now: Timestamp,
    rng: &mut ChaCha20Rng,
    intent: &Signed<Intent>,
    signer: &Signer,
    half: Half,
    sealed: Option<Vec<u8>>,
) -> Result<Signed<Letter>, PrepareError> {
    if intent.body().work > limits::WORK_WILLING {
        return Err(PrepareError::TooMuchWork(intent.body().work));
    }
    let body = Letter { to: box_of(&intent.body().reply), about: intent.id(), agreement: Some(half), sealed };
    let till = intent.payload().till;
    let payload = Payload::new(signer.public(), now, till, nonce(rng), body).with_work(intent.body().work);
    Ok(sign(payload, signer)?)
}

/// The route that stands on cards and offers.
///
/// # Errors
/// When peer or addresses are longer than a route may hold.
pub fn route(peer: &str, addrs: &[String]) -> Result<Route, vrm_core::value::TextError> {
    let addrs = addrs.iter().take(4).map(|a| Text::new(a)).collect::<Result<_, _>>()?;
    Ok(Route { peer: Text::new(peer)?, addrs })
}

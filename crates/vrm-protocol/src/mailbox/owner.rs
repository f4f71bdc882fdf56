//! The node whose letters are held elsewhere: it tells its mailboxes which boxes it lives with, comes by about every
//! minute, and says which letters have arrived once they are on its own disk.
//!
//! Knows: when to ask whom for what. Must not know how a letter is taken in: the machine does that, on the path of
//! every letter. A mailbox that forgets is told everything again; two that hold the same letter are both told that it
//! has arrived.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand_core::Rng;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};
use vrm_core::box_proof::prove;
use vrm_core::object::{Letter, Route};
use vrm_core::root::Root;
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash, Signed, Signer};

use super::boxes::{self, Boxes, Held};
use super::post::{self, Arrived, CLAIMS, Claim, DONE, PostAnswer, Terms, Visit, Visited};
use super::records::OwnMailbox;
use super::statement::{Sworn, Word};
use crate::calls::Stream;
use crate::conduits;
use crate::effects::{Send, SendTag};
use crate::event::Event;
use crate::mail::Receipt;
use crate::peer::Peer;
use crate::query;
use crate::records::{BoxOwner, key, table};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::{Turn, clip};

/// Mailboxes a node uses: with two, one may die. More would only let more nodes see when she gets mail.
pub const MAX_OWN: usize = 2;
/// Seconds between visits when nothing waits, with as much jitter on top as the next line says.
const EVERY: u64 = 50;
const JITTER: u64 = 20;
/// First and longest wait after a visit that came to nothing, in seconds.
const FIRST_WAIT: u64 = 5;
const LONGEST_WAIT: u64 = 600;
/// A box that was refused is claimed again after so many seconds; and a mailbox that forgot is told again no sooner.
const AGAIN: u64 = 300;
/// A box is renewed when it is held for less than so many seconds more.
const RENEW: u64 = 15 * 86_400;

fn place(peer: &Peer) -> Vec<u8> {
    key(table::MAILBOX, &[peer.as_str().as_bytes()])
}

/// The mailboxes this node uses.
///
/// # Errors
/// [`StoreError`].
pub fn own(view: &dyn View) -> Result<Vec<OwnMailbox>, StoreError> {
    let mut all = Vec::new();
    query::each(view, &[table::MAILBOX], None, &mut |_, mailbox| {
        all.push(mailbox);
        Ok(true)
    })?;
    Ok(all)
}

/// Where letters for this node may be left: the mailboxes that have agreed.
///
/// # Errors
/// [`StoreError`].
pub fn routes(view: &dyn View) -> Result<Vec<Route>, StoreError> {
    let agreed = own(view)?.into_iter().filter(|mailbox| mailbox.accepted.is_some());
    Ok(agreed.filter_map(|mailbox| mailbox.route()).collect())
}

/// How it stands with one of the mailboxes this node uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its transport name.
    pub peer: Peer,
    /// Where it is dialled.
    pub addrs: Vec<String>,
    /// Since when it holds letters for this node.
    pub accepted: Option<Timestamp>,
    /// When it last answered, since this node started.
    pub seen: Option<Timestamp>,
    /// Boxes it holds letters for.
    pub boxes: usize,
    /// Boxes that are in use here.
    pub wanted: usize,
    /// Letters that came through it since this node started.
    pub letters: u64,
    /// What it refused last, by the refusal's code, or `unreachable`.
    pub trouble: Option<Text<32>>,
}

/// Boxes that were claimed, and until when.
type Claimed = Vec<(Hash, Timestamp)>;

/// What one mailbox was asked last.
#[derive(Debug)]
enum Asked {
    Hello,
    Visit { claims: Claimed, drop: Vec<Hash>, done: usize },
}

/// One mailbox, as far as this run knows.
#[derive(Debug)]
struct Account {
    record: OwnMailbox,
    /// Boxes it was told of, until when, and whether it took them.
    told: BTreeMap<Hash, (Timestamp, bool)>,
    drop: BTreeSet<Hash>,
    /// Boxes that changed since it was asked.
    changed: BTreeSet<Hash>,
    done: VecDeque<Arrived>,
    inbox: VecDeque<Signed<Letter>>,
    after: u64,
    asked: Option<(SendTag, Asked)>,
    due: Timestamp,
    failures: u32,
    forgot: Option<Timestamp>,
    standing: Seen,
}

#[derive(Debug, Default)]
struct Seen {
    at: Option<Timestamp>,
    letters: u64,
    trouble: Option<Text<32>>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Owner {
    accounts: Vec<Account>,
    boxes: Boxes,
}

impl Account {
    fn new(record: OwnMailbox, now: Timestamp) -> Self {
        Self {
            record,
            told: BTreeMap::new(),
            drop: BTreeSet::new(),
            changed: BTreeSet::new(),
            done: VecDeque::new(),
            inbox: VecDeque::new(),
            after: 0,
            asked: None,
            due: now,
            failures: 0,
            forgot: None,
            standing: Seen::default(),
        }
    }

    fn remember(&self) -> Send {
        Send::Remember { peer: self.record.peer.clone(), addrs: self.record.addrs.clone() }
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.asked.is_none() && self.inbox.is_empty() && self.due <= now
    }

    /// It is told of a box that was opened or changed, or of the end of one it knows.
    fn touched(&mut self, hash: Hash, live: bool, now: Timestamp) {
        self.changed.insert(hash);
        if self.told.remove(&hash).is_some() && !live {
            self.drop.insert(hash);
        } else if live {
            self.drop.remove(&hash);
        }
        if self.failures == 0 {
            self.due = self.due.min(now);
        }
    }

    fn taken(&self) -> usize {
        self.told.values().filter(|(_, taken)| *taken).count()
    }

    fn call(&mut self, turn: &mut Turn<'_>, asked: Asked, bytes: Vec<u8>) {
        let tag = turn.new_tag();
        self.asked = Some((tag, asked));
        self.changed.clear();
        let (to, addrs) = (self.record.peer.clone(), self.record.addrs.clone());
        turn.send(Send::Call { tag, stream: Stream::Post, to, addrs, bytes });
    }

    /// Asks for what is due: its keys first.
    fn ask(&mut self, turn: &mut Turn<'_>, boxes: &Boxes) -> Result<(), Refusal> {
        let Some(terms) = self.record.terms else {
            self.call(turn, Asked::Hello, post::hello());
            return Ok(());
        };
        let (claims, told) = self.claims(turn, boxes, &terms)?;
        let drop: Vec<Hash> = self.drop.iter().copied().take(CLAIMS - claims.len()).collect();
        let done: Vec<Arrived> = self.done.iter().take(DONE).cloned().collect();
        let asked = Asked::Visit { claims: told, drop: drop.clone(), done: done.len() };
        let visit = Visit { mailbox: terms.sign, claims, drop, done, after: self.after };
        let collector = turn.world.root.collector(&terms.sign);
        let visit = Sworn::sign(visit, &collector).ok_or(Refusal::TooLong)?;
        self.call(turn, asked, post::visit(&visit));
        Ok(())
    }

    /// Claims to boxes it was not told of, or not lately.
    fn claims(
        &self,
        turn: &mut Turn<'_>,
        boxes: &Boxes,
        terms: &Terms,
    ) -> Result<(Vec<Claim>, Claimed), Refusal> {
        let (mut claims, mut told) = (Vec::new(), Vec::new());
        for (hash, held) in boxes.iter().filter(|(hash, held)| self.wants(hash, held, turn.now)) {
            let draft = boxes::draft(&turn.seen(), &turn.world.root, (hash, held.owner), turn.now)?;
            let Some(draft) = draft else { continue };
            let till = boxes::till(&draft, turn.now);
            let collector = turn.world.root.collector(&terms.sign).public();
            let Ok(proof) = prove(&draft.key, &terms.seal, &collector, turn.rng) else { break };
            let (key, proof) = (draft.key.public(), ByteArray::new(proof));
            claims.push(Claim { key, proof, till, work: draft.work, writers: draft.writers });
            told.push((*hash, till));
            if claims.len() == CLAIMS {
                break;
            }
        }
        Ok((claims, told))
    }

    /// One that ends is claimed for all of its time; any other is renewed.
    fn wants(&self, hash: &Hash, held: &Held, now: Timestamp) -> bool {
        match self.told.get(hash) {
            None => true,
            Some((again, false)) => *again < now,
            Some((till, true)) => held.till.is_none() && till.since(now).get() < RENEW,
        }
    }

    fn has_more_to_say(&self, boxes: &Boxes, now: Timestamp) -> bool {
        !self.done.is_empty()
            || !self.drop.is_empty()
            || boxes.iter().any(|(hash, held)| self.wants(hash, held, now))
    }

    /// Comes back soon, or about every minute.
    fn rest(&mut self, turn: &mut Turn<'_>, soon: bool) {
        let jitter = u64::from(turn.rng.next_u32()) % JITTER;
        self.due = if soon { turn.now } else { turn.later(EVERY + jitter) };
    }

    fn failed(&mut self, turn: &mut Turn<'_>, why: &str) {
        let wait = FIRST_WAIT.checked_shl(self.failures.min(16)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.due = turn.later(wait);
        self.standing.trouble = Some(clip(why));
    }

    fn answered(&mut self, turn: &mut Turn<'_>, boxes: &Boxes, asked: Asked, answer: PostAnswer) {
        self.standing.at = Some(turn.now);
        match (asked, answer) {
            (Asked::Hello, PostAnswer::Terms(terms)) => self.introduced(turn, terms),
            (Asked::Visit { claims, drop, done }, PostAnswer::Visited(visited)) => {
                self.done.drain(..done.min(self.done.len()));
                self.drop.retain(|hash| !drop.contains(hash));
                self.visited(turn, boxes, claims, *visited);
            }
            (_, PostAnswer::Refused(code)) => self.refused(turn, &code),
            _ => {
                turn.refuse(Refusal::BadAnswer, &self.record.peer);
                self.failed(turn, "nonsense")
            }
        }
    }

    fn introduced(&mut self, turn: &mut Turn<'_>, terms: Terms) {
        self.record.terms = Some(terms);
        self.told.clear();
        self.keep(turn);
        self.due = turn.now;
    }

    /// Its keys are asked for again: it may be another one by now, or serve again.
    fn refused(&mut self, turn: &mut Turn<'_>, code: &Text<32>) {
        self.record.terms = None;
        self.told.clear();
        self.keep(turn);
        self.agreed(turn, false);
        self.failed(turn, code.as_str());
    }

    fn visited(&mut self, turn: &mut Turn<'_>, boxes: &Boxes, claims: Claimed, visited: Visited) {
        self.failures = 0;
        self.standing.trouble = visited.claims.iter().flatten().next().cloned();
        let again = turn.later(AGAIN);
        let now_known =
            claims.into_iter().zip(visited.claims).filter(|((h, _), _)| !self.changed.contains(h));
        for ((hash, till), refused) in now_known {
            self.told.insert(hash, if refused.is_none() { (till, true) } else { (again, false) });
        }
        self.agreed(turn, visited.serves);
        self.notice_loss(turn, visited.boxes);
        self.after = visited.letters.last().map_or(0, |(place, _)| if visited.more { *place } else { 0 });
        self.inbox.extend(visited.letters.into_iter().map(|(_, letter)| letter));
        let soon = self.after > 0 || self.has_more_to_say(boxes, turn.now);
        self.rest(turn, soon);
    }

    fn agreed(&mut self, turn: &mut Turn<'_>, holds: bool) {
        if self.record.accepted.is_some() != holds {
            self.record.accepted = holds.then_some(turn.now);
            self.keep(turn);
            turn.tell(Event::Mailbox { mailbox: self.record.peer.clone(), holds });
        }
    }

    /// It holds fewer boxes than it took: it has lost its disk, and is told all of them again.
    fn notice_loss(&mut self, turn: &Turn<'_>, boxes: u64) {
        let lately = self.forgot.is_some_and(|at| turn.now.since(at).get() < AGAIN);
        if boxes < self.taken() as u64 && !lately {
            self.forgot = Some(turn.now);
            self.told.clear();
        }
    }

    fn keep(&self, turn: &mut Turn<'_>) {
        turn.put(place(&self.record.peer), &self.record);
    }

    fn standing(&self, wanted: usize) -> Standing {
        Standing {
            peer: self.record.peer.clone(),
            addrs: self.record.addrs.clone(),
            accepted: self.record.accepted,
            seen: self.standing.at,
            boxes: self.taken(),
            wanted,
            letters: self.standing.letters,
            trouble: self.standing.trouble.clone(),
        }
    }
}

impl Owner {
    pub(crate) fn load(
        view: &dyn View,
        root: &Root,
        now: Timestamp,
    ) -> Result<(Self, Vec<Send>), StoreError> {
        let accounts: Vec<_> = own(view)?.into_iter().map(|record| Account::new(record, now)).collect();
        let boxes = if accounts.is_empty() { Boxes::new() } else { boxes::live(view, root, now)? };
        let sends = accounts.iter().map(Account::remember).collect();
        Ok((Self { accounts, boxes }, sends))
    }

    /// Has letters held at a node from now on.
    pub(crate) fn add(&mut self, turn: &mut Turn<'_>, peer: &Peer, addrs: &[String]) -> Result<(), Refusal> {
        if self.accounts.iter().all(|account| account.record.peer != *peer) && self.accounts.len() >= MAX_OWN
        {
            return Err(Refusal::TooManyMailboxes);
        }
        if self.accounts.is_empty() {
            self.boxes = boxes::live(&turn.seen(), &turn.world.root, turn.now)?;
        }
        self.accounts.retain(|account| account.record.peer != *peer);
        let record = OwnMailbox { peer: peer.clone(), addrs: addrs.to_vec(), terms: None, accepted: None };
        let account = Account::new(record, turn.now);
        account.keep(turn);
        turn.send(account.remember());
        self.accounts.push(account);
        Ok(())
    }

    /// Stops using a mailbox. Its boxes run out there by themselves.
    pub(crate) fn remove(&mut self, turn: &mut Turn<'_>, peer: &Peer) -> Result<(), Refusal> {
        let before = self.accounts.len();
        self.accounts.retain(|account| account.record.peer != *peer);
        if self.accounts.len() == before {
            return Err(Refusal::NoSuchMailbox);
        }
        turn.delete(place(peer));
        Ok(())
    }

    /// A connection to a mailbox is there: it is visited at once.
    pub(crate) fn met(&mut self, turn: &Turn<'_>, peer: &Peer) {
        for account in self.accounts.iter_mut().filter(|account| account.record.peer == *peer) {
            account.due = turn.now;
            account.failures = 0;
        }
    }

    /// Notes the boxes that this turn opened, changed or closed.
    pub(crate) fn note(&mut self, turn: &Turn<'_>) -> Result<(), Refusal> {
        if self.accounts.is_empty() {
            return Ok(());
        }
        let mut owners = Vec::new();
        for told in &turn.out.events {
            owners.extend(boxes::touched(&turn.seen(), told)?);
        }
        owners.extend(turn.moved.iter().copied().map(BoxOwner::Conduit));
        owners.into_iter().try_for_each(|owner| self.touch(turn, owner))
    }

    /// An owner's boxes may have been opened, changed or closed.
    fn touch(&mut self, turn: &Turn<'_>, owner: BoxOwner) -> Result<(), Refusal> {
        let (view, root) = (turn.seen(), &turn.world.root);
        for hash in boxes::hashes_of(&view, root, owner)? {
            let draft = boxes::draft(&view, root, (&hash, owner), turn.now)?;
            let live = draft.is_some();
            let known = match draft {
                Some(draft) => self.boxes.insert(hash, Held { owner, till: draft.till }),
                None => self.boxes.remove(&hash),
            };
            if live || known.is_some() {
                self.accounts.iter_mut().for_each(|account| account.touched(hash, live, turn.now));
            }
        }
        Ok(())
    }

    /// Boxes that have ended are no longer spoken of: a mailbox drops them by itself.
    fn prune(&mut self, now: Timestamp) {
        let Self { accounts, boxes } = self;
        boxes.retain(|_, held| held.till.is_none_or(|till| till >= now));
        for account in accounts {
            account.told.retain(|hash, _| boxes.contains_key(hash));
        }
    }

    /// Visits whoever is due, and asks to be woken for the rest.
    pub(crate) fn run(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        if self.accounts.iter().any(|account| account.is_due(turn.now)) {
            self.prune(turn.now);
        }
        let Self { accounts, boxes } = self;
        for account in accounts.iter_mut() {
            if account.is_due(turn.now) {
                account.ask(turn, boxes)?;
            }
            if !account.inbox.is_empty() {
                turn.out.wake_at(turn.now);
            } else if account.asked.is_none() {
                turn.out.wake_at(account.due);
            }
        }
        Ok(())
    }

    /// Takes in an answer; `false` when nothing was asked with this tag.
    pub(crate) fn answered(&mut self, turn: &mut Turn<'_>, tag: SendTag, answer: Option<PostAnswer>) -> bool {
        let waits = |account: &&mut Account| account.asked.as_ref().is_some_and(|(asked, _)| *asked == tag);
        let Some(account) = self.accounts.iter_mut().find(waits) else { return false };
        match (account.asked.take(), answer) {
            (Some((_, asked)), Some(answer)) => account.answered(turn, &self.boxes, asked, answer),
            _ => account.failed(turn, "unreachable"),
        }
        true
    }

    /// The next letter that was collected and is not taken in yet, and the number of its mailbox.
    pub(crate) fn next_letter(&mut self) -> Option<(usize, Signed<Letter>)> {
        let (n, account) =
            self.accounts.iter_mut().enumerate().find(|(_, account)| !account.inbox.is_empty())?;
        account.standing.letters += 1;
        account.inbox.pop_front().map(|letter| (n, letter))
    }

    /// A collected letter is on this disk, or nothing will ever come of it: its mailbox hears so at the next visit.
    pub(crate) fn arrived(&mut self, turn: &Turn<'_>, mailbox: usize, letter: Cid, word: Option<ByteBuf>) {
        if let Some(account) = self.accounts.get_mut(mailbox) {
            account.done.push_back(Arrived { letter, word });
            account.due = turn.now;
        }
    }

    pub(crate) fn standings(&self) -> Vec<Standing> {
        self.accounts.iter().map(|account| account.standing(self.boxes.len())).collect()
    }
}

/// What the reader of a letter says to its writer, signed with the key that the writer knows it by.
pub(crate) fn sign_word(
    turn: &Turn<'_>,
    owner: BoxOwner,
    letter: Cid,
    receipt: Receipt,
) -> Result<Option<ByteBuf>, Refusal> {
    let Some(signer) = reader(turn, owner)? else { return Ok(None) };
    Ok(Sworn::sign(Word { letter, receipt }, &signer).map(|word| word.raw().to_vec().into()))
}

fn reader(turn: &Turn<'_>, owner: BoxOwner) -> Result<Option<Signer>, Refusal> {
    let (view, root) = (turn.seen(), &turn.world.root);
    Ok(match owner {
        BoxOwner::Vendor(_) => Some(root.vendor()),
        BoxOwner::Customer(id) => {
            query::own_intent(&view, &id)?.map(|own| root.intent(&own.private.seed).signer)
        }
        BoxOwner::Conduit(id) => {
            query::conduit(&view, &id)?.map(|conduit| conduits::signer(turn, &conduit)).transpose()?
        }
        BoxOwner::Invitation(_) | BoxOwner::Joining(_) => {
            boxes::about_invitation(&view, root, owner)?.map(|keys| keys.signer)
        }
    })
}

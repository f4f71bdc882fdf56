//! The node that holds letters for others: who may open a box here, who may leave a letter in it, who collects.
//!
//! Knows: proofs of boxes, its own keys, quotas. Must not know what letters say: it sees box, writer, size and time, and
//! nothing inside.

use serde::{Deserialize, Serialize};
use vrm_core::limits::LETTER_LIFE;
use vrm_core::object::Letter;
use vrm_core::root::IntentKeys;
use vrm_core::seal::box_of;
use vrm_core::{Cid, PublicKey, Signed, box_proof, work};

use super::post::{Claim, PostAnswer, PostCall, Terms, Visit, Visited, code};
use super::racks::{Racks, box_key, collect, fate};
use super::records::{Fate, HeldBox, Over};
use super::statement::{Deposited, Sworn};
use crate::admission::in_time;
use crate::peer::Peer;
use crate::query;
use crate::records::{key, load as load_record, table};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// What a mailbox holds for others, all in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Boxes.
    pub boxes: u64,
    /// Letters that wait.
    pub letters: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The service's soft state.
#[derive(Debug)]
pub(crate) struct Service {
    serves: bool,
    racks: Racks,
}

fn choice_key() -> Vec<u8> {
    key(table::META, &[b"mailbox"])
}

/// Whether this node holds letters for others: as its operator said, else when it has a vendor card, because a vendor
/// is there to be found.
///
/// # Errors
/// [`StoreError`].
pub fn serves(view: &dyn View) -> Result<bool, StoreError> {
    match load_record(view, &choice_key())? {
        Some(choice) => Ok(choice),
        None => Ok(query::own_card(view)?.is_some()),
    }
}

/// What it holds.
///
/// # Errors
/// [`StoreError`].
pub fn load(view: &dyn View) -> Result<Load, StoreError> {
    let mut load = Load::default();
    query::each(view, &[table::HELD_BOX], None, &mut |_, held: HeldBox| {
        load.boxes += 1;
        load.letters += u64::from(held.letters);
        load.bytes += held.bytes;
        Ok(true)
    })?;
    Ok(load)
}

impl Service {
    pub(crate) fn load(view: &dyn View) -> Result<Self, StoreError> {
        Ok(Self { serves: serves(view)?, racks: Racks::load(view)? })
    }

    /// Holds letters for others from now on, or no new ones.
    pub(crate) fn serve(&mut self, turn: &mut Turn<'_>, on: bool) {
        turn.put(choice_key(), &on);
        self.serves = on;
    }

    /// A vendor's node begins to serve with its first card, unless its operator said otherwise.
    pub(crate) fn has_card(&mut self, turn: &Turn<'_>) -> Result<(), Refusal> {
        self.serves = turn.load::<bool>(&choice_key())?.unwrap_or(true);
        Ok(())
    }

    pub(crate) fn load_now(&self) -> Load {
        let (boxes, letters, bytes) = self.racks.load_now();
        Load { boxes, letters, bytes }
    }

    /// Answers a question.
    pub(crate) fn answer(
        &mut self,
        turn: &mut Turn<'_>,
        from: &Peer,
        call: PostCall,
    ) -> Result<PostAnswer, Refusal> {
        let keys = turn.world.root.mailbox();
        match call {
            PostCall::Inquire(letter) => inquire(turn, &keys, &letter),
            // Who waits here can always take his letters home, also when nothing new is taken in.
            PostCall::Visit(visit) => self.visit(turn, &keys, from, &visit),
            _ if !self.serves => Err(Refusal::NoMailbox),
            PostCall::Hello => {
                Ok(PostAnswer::Terms(Terms { sign: keys.signer.public(), seal: keys.reply.public() }))
            }
            PostCall::Deposit(letter) => self.deposit(turn, &keys, &letter),
        }
    }

    fn deposit(
        &mut self,
        turn: &mut Turn<'_>,
        keys: &IntentKeys,
        letter: &Signed<Letter>,
    ) -> Result<PostAnswer, Refusal> {
        if let Some(fate) = fate(turn, &letter.id())? {
            return told(keys, letter.id(), fate);
        }
        in_time(turn.now, letter.payload().at, letter.payload().till)?;
        let open = |held: &HeldBox| held.till >= turn.now;
        let held = turn.load::<HeldBox>(&box_key(&letter.body().to))?.filter(open);
        let held = held.ok_or(Refusal::NoBox)?;
        may_write(&held, letter)?;
        let fate = self.racks.put(turn, letter, held)?;
        turn.counters.held += 1;
        told(keys, letter.id(), fate)
    }

    fn visit(
        &mut self,
        turn: &mut Turn<'_>,
        keys: &IntentKeys,
        from: &Peer,
        visit: &Sworn<Visit>,
    ) -> Result<PostAnswer, Refusal> {
        let (collector, says) = (visit.by(), visit.says());
        if says.mailbox != keys.signer.public() {
            return Err(Refusal::OtherMailbox);
        }
        for arrived in &says.done {
            let over = Over { word: arrived.word.clone() };
            self.racks.take(turn, &arrived.letter, &collector, over)?;
        }
        for to in &says.drop {
            self.racks.close(turn, *to, &collector)?;
        }
        let claims = says.claims.iter().map(|claim| self.claim(turn, keys, from, collector, claim));
        let claims = claims.collect::<Result<_, StoreError>>()?;
        let (letters, more) = collect(turn, &collector, says.after)?;
        let boxes = self.racks.boxes_of(&collector);
        let visited = Visited { claims, serves: self.serves, boxes, letters, more };
        Ok(PostAnswer::Visited(Box::new(visited)))
    }

    /// Opens a box for whoever proves its key; the refusal's code otherwise.
    fn claim(
        &mut self,
        turn: &mut Turn<'_>,
        keys: &IntentKeys,
        from: &Peer,
        collector: PublicKey,
        claim: &Claim,
    ) -> Result<Option<vrm_core::value::Text<32>>, StoreError> {
        match self.try_claim(turn, keys, collector, claim) {
            Ok(()) => Ok(None),
            Err(refusal) => {
                turn.refuse(refusal, from);
                Ok(Some(code(refusal)))
            }
        }
    }

    fn try_claim(
        &mut self,
        turn: &mut Turn<'_>,
        keys: &IntentKeys,
        collector: PublicKey,
        claim: &Claim,
    ) -> Result<(), Refusal> {
        if !self.serves {
            return Err(Refusal::NoMailbox);
        }
        if !box_proof::proves(&keys.reply, &claim.key, &collector, &claim.proof) {
            return Err(Refusal::BadProof);
        }
        let till = claim.till.min(turn.later(LETTER_LIFE));
        let (work, writers) = (claim.work, claim.writers.clone());
        let held = HeldBox { collector, till, work, writers, letters: 0, bytes: 0 };
        self.racks.open(turn, box_of(&claim.key), held)
    }

    pub(crate) fn sweep(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        if self.racks.sweep(turn)? {
            turn.out.wake_at(turn.now);
        }
        Ok(())
    }
}

/// A box takes letters of those whom its owner named, and of whoever does the work she asks strangers for.
fn may_write(held: &HeldBox, letter: &Signed<Letter>) -> Result<(), Refusal> {
    let committed = letter.payload().pow;
    let worked = held.work.is_some_and(|bits| work::enough(letter.id().digest(), committed, bits));
    if worked || held.writers.contains(&letter.by()) { Ok(()) } else { Err(Refusal::NotWelcome) }
}

fn inquire(turn: &Turn<'_>, keys: &IntentKeys, letter: &Cid) -> Result<PostAnswer, Refusal> {
    told(keys, *letter, fate(turn, letter)?.ok_or(Refusal::NoSuchLetter)?)
}

/// What the writer of a letter is told of it. The receipt is made anew each time, and is the same each time.
fn told(keys: &IntentKeys, letter: Cid, fate: Fate) -> Result<PostAnswer, Refusal> {
    match fate.over {
        // A word that does not hold is no word: the reader may say what she likes to her mailbox.
        Some(over) => Ok(PostAnswer::Over(over.word.and_then(|word| Sworn::open(&word).ok()))),
        None => {
            let says = Deposited { letter, to: fate.to, at: fate.at, till: fate.till };
            Sworn::sign(says, &keys.signer).map(PostAnswer::Held).ok_or(Refusal::Store)
        }
    }
}

//! Fetching what is wanted and not here, from the other side of its conduit: first what a blob is made of, then a few
//! chunks at a time, each checked before it is kept. What was kept is not asked for again, after a restart neither.
//!
//! Knows: who is asked, when again. Soft state but for what the chores say. Must not know chunks on disk (`shelf`), or how
//! calls travel.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use vrm_core::blob::{Chunk, Manifest};
use vrm_core::value::{Seconds, Timestamp};

use super::record::{BlobState, Chore, chores};
use super::words::{Ask, Told};
use super::{Place, shelf};
use crate::calls::{Answer, Stream};
use crate::conduits::Sessions;
use crate::effects::{Send, SendTag};
use crate::peer::Peer;
use crate::records::{Conduit, table};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// Questions under way at a time: each may bring 200 KiB.
const MAX_UNDER_WAY: usize = 8;
/// First wait after a question that came to nothing, in seconds; doubles from there.
const FIRST_WAIT: u64 = 1;
/// Longest wait, in seconds. Whoever comes by before that is asked at once.
const LONGEST_WAIT: u64 = 300;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Fetch {
    due: BTreeSet<(Timestamp, Place)>,
    tries: BTreeMap<Place, u32>,
    under_way: HashMap<SendTag, Asked>,
}

/// A question under way.
#[derive(Debug)]
struct Asked {
    place: Place,
    to: Peer,
    /// From which chunk on; `None` for the manifest.
    chunk: Option<usize>,
}

impl Fetch {
    /// What is wanted.
    pub(crate) fn load(view: &dyn View, now: Timestamp) -> Result<Self, StoreError> {
        let mut fetch = Self::default();
        view.scan(&chores(Chore::FETCH), None, &mut |k, _| {
            fetch.due.extend(Chore::place(k).map(|place| (now, place)));
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(fetch)
    }

    /// What is wanted of the other sides that have just proved to be here is asked for at once.
    fn met(&mut self, turn: &mut Turn<'_>) {
        let (now, met) = (turn.now, std::mem::take(&mut turn.met));
        if !met.is_empty() {
            let sooner = |(at, place): &(Timestamp, Place)| match met.contains(&place.conduit) {
                true => ((*at).min(now), *place),
                false => (*at, *place),
            };
            self.due = self.due.iter().map(sooner).collect();
        }
    }

    /// Every turn ends with this: takes up what the turn wants, and asks.
    pub(crate) fn run(&mut self, turn: &mut Turn<'_>, sessions: &Sessions) -> Result<(), Refusal> {
        self.met(turn);
        let wanted = turn.out.batch.ops().filter(|(k, v)| v.is_some() && is_wanted(k));
        self.due.extend(wanted.filter_map(|(k, _)| Chore::place(k)).map(|place| (turn.now, place)));
        while self.under_way.len() < MAX_UNDER_WAY
            && let Some((at, place)) = self.due.first().copied()
            && at <= turn.now
        {
            self.due.pop_first();
            self.ask(turn, sessions, place)?;
        }
        if let Some((at, _)) = self.due.first()
            && self.under_way.len() < MAX_UNDER_WAY
        {
            turn.out.wake_at(*at);
        }
        Ok(())
    }

    fn ask(&mut self, turn: &mut Turn<'_>, sessions: &Sessions, place: Place) -> Result<(), Refusal> {
        let asked_already = self.under_way.values().any(|asked| asked.place == place);
        let record = shelf::record(turn, place)?.filter(|record| record.state == BlobState::Wanted);
        let Some(record) = record.filter(|_| !asked_already) else { return Ok(()) };
        let manifest = record.read_manifest()?;
        let chunk = manifest.map(|manifest| record.first_missing(manifest.count()).unwrap_or_default());
        let conduit = crate::conduits::conduit(turn, &place.conduit)?;
        let whom = whom(sessions, &conduit).filter(|_| !crate::conduits::is_silent(&conduit));
        let Some((to, addrs)) = whom else {
            self.later(turn.now, place);
            return Ok(());
        };
        let mine = crate::conduits::signer(turn, &conduit)?;
        let Some(bytes) = Ask::write(place, chunk, (&turn.world.me, &to), turn.now, &mine) else {
            return Ok(());
        };
        let tag = turn.new_tag();
        self.under_way.insert(tag, Asked { place, to: to.clone(), chunk });
        turn.send(Send::Call { tag, stream: Stream::Blob, to, addrs, bytes });
        Ok(())
    }

    fn later(&mut self, now: Timestamp, place: Place) {
        let tries = self.tries.entry(place).or_default();
        let wait = FIRST_WAIT.checked_shl((*tries).min(16)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        *tries = tries.saturating_add(1);
        self.due.insert((now.saturating_add(Seconds::new(wait).unwrap_or_default()), place));
    }

    /// Whether the answer with this tag is for a question of this module.
    pub(crate) fn awaits(&self, tag: SendTag) -> bool {
        self.under_way.contains_key(&tag)
    }

    /// Takes in an answer.
    ///
    /// # Errors
    /// [`Refusal::Store`].
    pub(crate) fn answered(
        &mut self,
        turn: &mut Turn<'_>,
        tag: SendTag,
        answer: Option<Answer>,
    ) -> Result<(), Refusal> {
        let Some(asked) = self.under_way.remove(&tag) else { return Ok(()) };
        let place = asked.place;
        let came = match answer {
            Some(Answer::Blob(Told::Manifest(manifest))) => describe(turn, &asked, &manifest)?,
            Some(Answer::Blob(Told::Chunks(chunks))) => fill(turn, &asked, &chunks)?,
            Some(Answer::Blob(Told::Gone)) => lost(turn, place, BlobState::Gone)?,
            _ => false,
        };
        if came {
            self.tries.remove(&place);
            self.due.insert((turn.now, place));
        } else {
            self.later(turn.now, place);
        }
        Ok(())
    }
}

/// Where the other side is now, which it has proved; else where it said that it is found.
fn whom(sessions: &Sessions, conduit: &Conduit) -> Option<(Peer, Vec<String>)> {
    let here = sessions.at(&conduit.id).map(|here| (here.clone(), Vec::new()));
    here.or_else(|| {
        let route = crate::conduits::route(conduit)?;
        let addrs = route.addrs.iter().map(|addr| addr.as_str().to_owned()).collect();
        Some((Peer::new(route.peer.as_str()), addrs))
    })
}

fn is_wanted(k: &[u8]) -> bool {
    matches!(k, [table::CHORE, Chore::FETCH, ..])
}

/// Takes in what a blob is made of. One whose size is not what the entry says is not what the entry meant.
fn describe(turn: &mut Turn<'_>, asked: &Asked, manifest: &Manifest) -> Result<bool, Refusal> {
    let Some(record) = waiting(turn, asked.place)? else { return Ok(true) };
    if asked.chunk.is_some() || manifest.id() != asked.place.blob {
        turn.refuse(Refusal::BlobLies, &asked.to);
        return Ok(false);
    }
    if manifest.size() != record.size {
        turn.refuse(Refusal::BlobLies, &asked.to);
        return lost(turn, asked.place, BlobState::False);
    }
    shelf::learn(turn, asked.place, record, manifest);
    Ok(true)
}

/// Takes in chunks up to the first that lies; whether all were right.
fn fill(turn: &mut Turn<'_>, asked: &Asked, chunks: &[Chunk]) -> Result<bool, Refusal> {
    let Some(record) = waiting(turn, asked.place)? else { return Ok(true) };
    let (Some(first), Some(manifest)) = (asked.chunk, record.read_manifest()?) else {
        turn.refuse(Refusal::BlobLies, &asked.to);
        return Ok(false);
    };
    let right = (first..).zip(chunks).take_while(|(n, chunk)| manifest.check(*n, chunk).is_ok()).count();
    shelf::take(turn, asked.place, BlobState::Wanted, (first, &chunks[..right]))?;
    if right < chunks.len() {
        turn.refuse(Refusal::BlobLies, &asked.to);
    }
    Ok(right == chunks.len())
}

fn waiting(turn: &Turn<'_>, place: Place) -> Result<Option<super::BlobRecord>, Refusal> {
    Ok(shelf::record(turn, place)?.filter(|record| record.state == BlobState::Wanted))
}

fn lost(turn: &mut Turn<'_>, place: Place, state: BlobState) -> Result<bool, Refusal> {
    if let Some(record) = waiting(turn, place)? {
        shelf::give_up(turn, place, record, state)?;
    }
    Ok(true)
}

//! What people and programs ask for, each command to the small machine that does it.
//!
//! Knows: which machine a command belongs to. Must not know how it is done. A refused command leaves no trace.

use vrm_core::{Cid, Hash};

use super::Parts;
use crate::blobs;
use crate::command::{Act, Command, Reply};
use crate::conduits;
use crate::effects::Line;
use crate::invitations;
use crate::market::{self, cast, moves, offering};
use crate::records::ConduitState;
use crate::refusal::Refusal;
use crate::turn::Turn;
use crate::{peers, purchases};

impl Parts<'_> {
    pub(super) fn command(&mut self, turn: &mut Turn<'_>, command: Command, act: Act) {
        turn.act = act;
        let (mark, listened) = (turn.mark(), self.admission.listens());
        let reply = self.obey(turn, command);
        if reply.is_err() {
            turn.back_to(mark);
        } else if !listened && self.admission.listens() {
            self.attempt(turn, |parts, turn| Ok(parts.admission.hear_anew(turn)?));
            self.catchup.look_round(turn.now);
        }
        turn.out.reply = Some(reply);
    }

    fn obey(&mut self, turn: &mut Turn<'_>, command: Command) -> Result<Reply, Refusal> {
        let object = |id: Cid| Reply::Object { id };
        match command {
            Command::Cast(prepared) => cast::cast(turn, self.timers, &prepared).map(object),
            Command::Withdraw { intent } => cast::withdraw(turn, &intent).map(object),
            Command::Publish(card) => {
                self.admission.keep_card(turn, &card, true)?;
                self.service.has_card(turn)?;
                cast::publish(turn, Line::Card(card.payload().series), &card);
                Ok(object(card.id()))
            }
            Command::SaveFilter { name, source } => done(self.admission.save_filter(turn, name, source)),
            Command::RemoveFilter { name } => done(self.admission.remove_filter(turn, &name)),
            Command::Offer(prepared) => offering::offer(turn, &prepared).map(object),
            Command::DeclineTerms(prepared) => done(offering::decline_terms(turn, &prepared)),
            Command::Ask { offer, text } => moves::ask(turn, &offer, text).map(object),
            Command::Answer { offer, text } => moves::answer(turn, &offer, text).map(object),
            Command::Counter { offer, proposal } => moves::counter(turn, &offer, &proposal).map(object),
            Command::Accept { offer } => moves::accept(turn, self.timers, &offer).map(object),
            Command::Confirm { offer } => done(moves::confirm(turn, &offer)),
            Command::Decline { offer, reason } => done(moves::decline(turn, &offer, reason)),
            Command::Find { intent } => {
                self.admission.place(&intent).map(|seq| Reply::Found { seq }).ok_or(Refusal::NoSuchIntent)
            }
            Command::Append { conduit, subtype, body } => {
                conduits::append(turn, &conduit, &subtype, &body).map(object)
            }
            Command::Write(prepared) => conduits::write(turn, *prepared).map(object),
            Command::BeginBlob { conduit, manifest, known } => {
                done(blobs::begin(turn, &conduit, &manifest, known))
            }
            Command::KeepChunks { place, first, chunks } => done(blobs::fill(turn, place, first, &chunks)),
            Command::FetchBlob { place } => done(blobs::want(turn, place)),
            Command::Erase { conduit, entries } => conduits::erase(turn, &conduit, &entries).map(object),
            Command::SetConduit { conduit, state } => done(self.set_conduit(turn, &conduit, state)),
            Command::SetPolicy { conduit, policy, forget } => {
                conduits::set_policy(turn, &conduit, policy, forget)?;
                done(self.retention.changed(turn, &conduit))
            }
            Command::KeepReceipts(list) => purchases::keep(turn, list).map(|new| Reply::Kept { new }),
            Command::ForgetReceipt { receipt } => done(purchases::forget(turn, &receipt)),
            Command::Invite(invitation) => {
                invitations::invite(turn, self.invitations, &invitation).map(object)
            }
            Command::Join(prepared) => invitations::join(turn, self.invitations, &prepared).map(object),
            Command::Uninvite { invitation } => done(invitations::withdraw(turn, &invitation)),
            Command::TurnKeys { conduit, to } => done(conduits::turn_keys(turn, &conduit, to)),
            Command::Successor { conduit, agrees } => done(self.successor(turn, &conduit, agrees)),
            Command::SetTerms(policy) => done(market::set_policy(turn, policy)),
            Command::AddPeer { peer, addrs } => done(peers::add(turn, &peer, &addrs).map_err(Refusal::from)),
            Command::RemovePeer { peer } => done(peers::remove(turn, &peer)),
            Command::AddMailbox { peer, addrs } => done(self.owner.add(turn, &peer, &addrs)),
            Command::RemoveMailbox { peer } => done(self.owner.remove(turn, &peer)),
            Command::ServeMailbox { on } => {
                self.service.serve(turn, on);
                Ok(Reply::Ok)
            }
        }
    }

    fn successor(&mut self, turn: &mut Turn<'_>, id: &Hash, agrees: bool) -> Result<(), Refusal> {
        conduits::answer_successor(turn, id, agrees)?;
        if let (true, Some(peer)) = (agrees, self.ways.to(id)) {
            self.sessions.greet_at(turn.now, (*id, peer));
        }
        Ok(())
    }

    fn set_conduit(&mut self, turn: &mut Turn<'_>, id: &Hash, state: ConduitState) -> Result<(), Refusal> {
        conduits::set_state(turn, id, state)?;
        if let (ConduitState::Open, Some(peer)) = (state, self.ways.to(id)) {
            self.sessions.greet_at(turn.now, (*id, peer));
        }
        Ok(())
    }
}

fn done(result: Result<(), Refusal>) -> Result<Reply, Refusal> {
    result.map(|()| Reply::Ok)
}

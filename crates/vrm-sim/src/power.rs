//! A node's turns, and what ends them: take what waits, handle it, commit, and only then let anything out; the power
//! may go before or between.

use vrm_protocol::{Effects, Input, MessageTag, Peer, Verdict};

use crate::messages::Message;
use crate::node::{CrashPoint, Group, NodeId};
use crate::world::{AskId, Happening, World};

/// Time between an input and the turn that takes it, in milliseconds: a commit.
const COMMIT: (u64, u64) = (1, 20);

impl World {
    /// Takes a node's power now: what waits in its inbox is lost.
    pub fn crash(&mut self, id: NodeId) {
        self.nodes[id.0].alive = None;
        self.nodes[id.0].armed = None;
        for other in self.links.neighbours(id) {
            self.disconnect(id, other);
        }
        self.trace.note(format!("{} crashes", id.0).as_bytes());
    }

    /// Takes a node's power in its next turn that writes anything.
    pub fn crash_at(&mut self, id: NodeId, point: CrashPoint) {
        self.nodes[id.0].armed = Some(point);
    }

    /// Takes back what [`World::crash_at`] set up.
    pub fn disarm(&mut self, id: NodeId) {
        self.nodes[id.0].armed = None;
    }

    /// Starts a node on what its disk holds, if it is down.
    pub fn start(&mut self, id: NodeId) {
        if self.nodes[id.0].alive.is_some() {
            return;
        }
        match self.nodes[id.0].start(self.seed, self.agenda.now()) {
            Ok(effects) => {
                self.release(id, effects);
                self.set_alarm(id);
                self.relink();
            }
            Err(e) => self.problem(id, &format!("cannot start: {e}")),
        }
    }

    /// Takes a node's power and its disk: it will start as one who remembers nothing but its root.
    pub fn lose_disk(&mut self, id: NodeId) {
        self.crash(id);
        let node = &mut self.nodes[id.0];
        node.store = vrm_store::MemoryStore::new();
    }

    /// Starts a node in `seconds`.
    pub fn start_in(&mut self, id: NodeId, seconds: u64) {
        self.agenda.after(seconds * 1000, Happening::Start { node: id });
    }

    pub(crate) fn input(&mut self, id: NodeId, input: Input, ask: Option<AskId>) {
        let delay = self.chance.between(COMMIT);
        let node = &mut self.nodes[id.0];
        let Some(life) = &mut node.alive else { return };
        life.push(input, ask);
        if !std::mem::replace(&mut life.turning, true) {
            self.agenda.after(delay, Happening::Turn { node: id, life: node.life });
        }
    }

    pub(crate) fn turn(&mut self, id: NodeId) {
        let ms = self.agenda.now();
        let now = self.nodes[id.0].clock(ms);
        let Some(life) = &mut self.nodes[id.0].alive else { return };
        life.turning = false;
        let mut inputs = life.take(now);
        while !inputs.is_empty() && self.nodes[id.0].alive.is_some() {
            let (group, faults) = self.nodes[id.0].handle(&mut inputs, ms, &mut self.trace);
            faults.iter().for_each(|fault| self.problem(id, fault));
            self.commit(id, group);
        }
        self.set_alarm(id);
    }

    /// Brings a group to the disk and lets its effects out, unless the power goes before or between.
    pub(crate) fn commit(&mut self, id: NodeId, group: Group) {
        let armed = if group.batch.is_empty() { None } else { self.nodes[id.0].armed };
        if armed == Some(CrashPoint::BeforeCommit) {
            return self.crash(id);
        }
        if let Err(e) = vrm_protocol::store::Store::commit(&self.nodes[id.0].store, &group.batch) {
            self.problem(id, &e.to_string());
            return self.crash(id);
        }
        if armed == Some(CrashPoint::AfterCommit) {
            return self.crash(id);
        }
        for (effects, ask) in group.done {
            if let (Some(ask), Some(reply)) = (ask, &effects.reply)
                && let Some(asked) = self.asked.get_mut(&ask)
            {
                asked.reply = Some(reply.clone());
            }
            self.release(id, effects);
        }
    }

    pub(crate) fn release(&mut self, id: NodeId, effects: Effects) {
        for judged in effects.verdicts {
            self.judged(id, judged.tag, judged.verdict);
        }
        for penalty in effects.penalties {
            self.blamed(
                id,
                &penalty.peer,
                &format!("blames {} with {} points", penalty.peer, penalty.points),
            );
        }
        for send in effects.sends {
            self.send(id, send);
        }
    }

    pub(crate) fn judged(&mut self, id: NodeId, tag: MessageTag, verdict: Verdict) {
        let message = self.nodes[id.0].alive.as_mut().and_then(|life| life.messages.judged(tag));
        let Some(Message { topic, bytes, from }) = message else { return };
        match verdict {
            Verdict::Accept => self.publish(id, topic, bytes, Some(&from)),
            Verdict::Ignore => {}
            Verdict::Reject => self.blamed(id, &from, &format!("rejects gossip of {from}")),
        }
    }

    pub(crate) fn blamed(&mut self, id: NodeId, peer: &Peer, what: &str) {
        if !self.named(peer).is_some_and(|other| self.suspects.contains(&other)) {
            self.problem(id, what);
        }
    }

    pub(crate) fn named(&self, peer: &Peer) -> Option<NodeId> {
        self.nodes.iter().find(|n| n.peer() == *peer).map(|n| n.id)
    }

    pub(crate) fn set_alarm(&mut self, id: NodeId) {
        let ms = self.agenda.now();
        let node = &mut self.nodes[id.0];
        let Some(wake) = node.alive.as_ref().and_then(|life| life.wake()) else { return };
        // Nothing rings twice within a second, whatever is asked for.
        let at = node.world_time(wake).max(ms + 1000);
        let number = node.life;
        let Some(life) = &mut node.alive else { return };
        if life.alarm.is_none_or(|alarm| at < alarm) {
            life.alarm = Some(at);
            self.agenda.after(at - ms, Happening::Alarm { node: id, life: number });
        }
    }

    /// An alarm that an earlier one took the place of is silent, or each would be followed by one of its own for ever.
    pub(crate) fn alarm(&mut self, id: NodeId) {
        let now = self.agenda.now();
        if let Some(life) = &mut self.nodes[id.0].alive
            && life.alarm == Some(now)
        {
            life.alarm = None;
            self.turn(id);
        }
    }
}

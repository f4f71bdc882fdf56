//! Remembered nodes: who was met where, and whom to meet again after a restart.

use std::ops::ControlFlow;

use crate::effects::Send;
use crate::peer::Peer;
use crate::records::{PeerRecord, key, table};
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::turn::Turn;

/// Nodes remembered by themselves; those given by hand come on top.
const MAX_REMEMBERED: usize = 1_024;
/// Addresses remembered for one node.
const MAX_ADDRS: usize = 8;
/// A meeting is written down again only when the last note of it is older, in seconds.
const NOTE_EVERY: u64 = 3_600;

fn place(peer: &Peer) -> Vec<u8> {
    key(table::PEER, &[peer.as_str().as_bytes()])
}

/// Notes that a node was met at an address this node dialled.
pub(crate) fn met(turn: &mut Turn<'_>, peer: &Peer, dialled: Option<&str>) -> Result<(), StoreError> {
    let Some(addr) = dialled else { return Ok(()) };
    let known: Option<PeerRecord> = turn.load(&place(peer))?;
    if known
        .as_ref()
        .is_some_and(|r| turn.now.since(r.seen).get() < NOTE_EVERY && r.addrs.iter().any(|a| a == addr))
    {
        return Ok(());
    }
    if known.is_none() && count(turn)? >= MAX_REMEMBERED {
        return Ok(());
    }
    let by_hand = known.as_ref().is_some_and(|r| r.by_hand);
    write(turn, peer, known, &[addr.to_owned()], by_hand);
    Ok(())
}

/// Remembers a node by hand and keeps a connection to it.
pub(crate) fn add(turn: &mut Turn<'_>, peer: &Peer, addrs: &[String]) -> Result<(), StoreError> {
    let known = turn.load(&place(peer))?;
    write(turn, peer, known, addrs, true);
    turn.send(Send::Remember { peer: peer.clone(), addrs: addrs.to_vec() });
    Ok(())
}

/// Forgets a node.
pub(crate) fn remove(turn: &mut Turn<'_>, peer: &Peer) -> Result<(), Refusal> {
    if !turn.has(&place(peer))? {
        return Err(Refusal::NoSuchPeer);
    }
    turn.delete(place(peer));
    turn.send(Send::Forget { peer: peer.clone() });
    Ok(())
}

fn write(turn: &mut Turn<'_>, peer: &Peer, known: Option<PeerRecord>, addrs: &[String], by_hand: bool) {
    let mut all = addrs.to_vec();
    for old in known.into_iter().flat_map(|r| r.addrs) {
        if !all.contains(&old) {
            all.push(old);
        }
    }
    all.truncate(MAX_ADDRS);
    let record = PeerRecord { peer: peer.clone(), addrs: all, by_hand, seen: turn.now };
    turn.put(place(peer), &record);
}

fn count(turn: &Turn<'_>) -> Result<usize, StoreError> {
    let mut n = 0;
    turn.scan(&[table::PEER], &mut |_, _| {
        n += 1;
        ControlFlow::Continue(())
    })?;
    Ok(n)
}

//! Where a letter is tried next: at its reader's node, along the way its intent came, at the mailboxes its reader named,
//! at other neighbours; one place for each try, in turn.
//!
//! Knows: the order, and how long to wait between tries. Must not know what a receipt means. Once a mailbox holds the
//! letter there is no hurry: it is only asked what became of it, and the reader's own node is tried now and then.

use vrm_core::object::Route;
use vrm_core::value::Seconds;

use super::queue::{rest, wait};
use crate::peer::Peer;
use crate::records::Queued;

/// One place to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A node that may be the reader's, or know the way to it.
    Node(Peer, Vec<String>),
    /// A mailbox of the reader.
    Mailbox(Peer, Vec<String>),
    /// The reader's mailbox is this node.
    Here,
}

/// What is known about the neighbourhood of a letter.
pub(super) struct Around<'a> {
    /// The neighbour that the other side is behind.
    pub(super) way: Option<&'a Peer>,
    /// Everybody who is connected.
    pub(super) neighbours: Vec<&'a Peer>,
    /// This node: it may be the reader's mailbox itself.
    pub(super) me: &'a Peer,
}

/// The places of a letter, in order.
pub(super) fn places(queued: &Queued, around: &Around<'_>) -> Vec<Place> {
    let node = |peer: &Peer| Place::Node(peer.clone(), Vec::new());
    let mut places: Vec<Place> = queued.routes.iter().map(|route| at(route, Place::Node)).collect();
    places.extend(around.way.map(node));
    let mailboxes = queued.mailboxes.iter().map(|route| at(route, Place::Mailbox));
    let mailboxes = mailboxes.filter(|place| !is_silent(queued, place));
    places.extend(mailboxes.map(|place| if is_at(&place, around.me) { Place::Here } else { place }));
    if queued.deposits.is_empty() {
        places.extend(around.neighbours.iter().filter(|peer| Some(**peer) != around.way).map(|p| node(p)));
    }
    places
}

fn at(route: &Route, place: impl Fn(Peer, Vec<String>) -> Place) -> Place {
    let addrs = route.addrs.iter().map(|addr| addr.as_str().to_owned()).collect();
    place(Peer::new(route.peer.as_str()), addrs)
}

fn is_at(place: &Place, node: &Peer) -> bool {
    matches!(place, Place::Mailbox(peer, _) if peer == node)
}

/// The mailbox says that the letter was collected, and its reader says nothing: there is no more to ask there.
fn is_silent(queued: &Queued, place: &Place) -> bool {
    queued.deposits.iter().any(|deposit| deposit.silent && is_at(place, &deposit.mailbox))
}

/// How long to wait before the next of `places` is tried. A letter that is stored rests between rounds, and not within
/// one: a mailbox that died keeps nobody from asking the other.
pub(super) fn pause(queued: &Queued, places: usize) -> Seconds {
    let places = u32::try_from(places).unwrap_or(u32::MAX).max(1);
    let rounds = queued.tries / places;
    if queued.deposits.is_empty() {
        wait(rounds)
    } else if queued.tries.is_multiple_of(places) {
        rest(rounds.saturating_sub(1))
    } else {
        wait(0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mailbox::Deposit;
    use vrm_core::value::{Text, Timestamp};

    fn route(name: &str) -> Route {
        Route { peer: Text::new(name).unwrap(), addrs: Vec::new() }
    }

    fn letter(deposits: Vec<Deposit>) -> Queued {
        let till = Timestamp::new(2_000_000_000).unwrap();
        Queued {
            raw: Vec::new(),
            routes: vec![route("acme")],
            mailboxes: vec![route("post"), route("box")],
            reader: None,
            deposits,
            line: None,
            tries: 0,
            next: till,
            till,
        }
    }

    fn deposit(name: &str, silent: bool) -> Deposit {
        let at = Timestamp::new(1_900_000_000).unwrap();
        Deposit { mailbox: Peer::new(name), at, receipt: Vec::new(), silent }
    }

    fn names(queued: &Queued) -> Vec<String> {
        names_at(queued, &Peer::new("dave"))
    }

    fn names_at(queued: &Queued, me: &Peer) -> Vec<String> {
        let (bob, carol) = (Peer::new("bob"), Peer::new("carol"));
        let around = Around { way: Some(&bob), neighbours: vec![&bob, &carol], me };
        let name = |place| match place {
            Place::Node(peer, _) => peer.to_string(),
            Place::Mailbox(peer, _) => format!("{peer}?"),
            Place::Here => "here".to_owned(),
        };
        places(queued, &around).into_iter().map(name).collect()
    }

    #[test]
    fn the_reader_first_then_mailboxes_then_anybody_until_it_is_stored() {
        assert_eq!(names(&letter(Vec::new())), ["acme", "bob", "post?", "box?", "carol"]);
        assert_eq!(names(&letter(vec![deposit("post", false)])), ["acme", "bob", "post?", "box?"]);
        assert_eq!(names(&letter(vec![deposit("post", true)])), ["acme", "bob", "box?"]);
        assert_eq!(
            names_at(&letter(Vec::new()), &Peer::new("box")),
            ["acme", "bob", "post?", "here", "carol"]
        );
    }

    #[test]
    fn a_stored_letter_is_in_no_hurry_once_every_mailbox_was_tried() {
        let mut queued = letter(vec![deposit("post", false)]);
        queued.tries = 3;
        assert_eq!(pause(&queued, 4).get(), 1);
        queued.tries = 4;
        assert_eq!(pause(&queued, 4).get(), 30);
        queued.tries = 5;
        assert_eq!(pause(&queued, 4).get(), 1, "within a round");
        queued.tries = 4;
        queued.deposits.clear();
        assert_eq!(pause(&queued, 4).get(), 2);
    }
}

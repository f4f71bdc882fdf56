//! One suite that every store must pass: call [`all`] with a factory of empty stores.
//!
//! Knows: the promises written at `vrm_protocol::store`, and checks each in a small story. Must not know:
//! which store it is looking at. Panics when a promise is broken: it is test code that other crates' tests
//! (and the next storage engine) can call.

use std::ops::ControlFlow;

use vrm_protocol::store::{Batch, MAX_BATCH_OPS, MAX_KEY, MAX_VALUE, Overlay, Store, StoreError, View};

/// Key and value pairs in the order in which a scan visits them.
pub type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// Runs the whole suite; `fresh` must give an empty store at every call.
pub fn all<S: Store>(fresh: impl Fn() -> S) {
    get_put_delete(&fresh());
    later_write_wins(&fresh());
    scan_is_ordered(&fresh());
    scan_prefix_edges(&fresh());
    scan_from(&fresh());
    scan_stops(&fresh());
    large_values(&fresh());
    large_value_neighbours(&fresh());
    limits(&fresh());
    refused_batch_leaves_nothing(&fresh());
    overlay_equals_commit(&fresh());
    overlay_stops(&fresh());
    readers_see_whole_values(&fresh());
}

/// Everything under `prefix` from `from` on.
///
/// # Panics
/// When the store fails.
pub fn pairs<V: View + ?Sized>(view: &V, prefix: &[u8], from: Option<&[u8]>) -> Pairs {
    let mut found = Pairs::new();
    let scanned = view.scan(prefix, from, &mut |key, value| {
        found.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    });
    ok(scanned);
    found
}

fn ok<T>(result: Result<T, StoreError>) -> T {
    result.unwrap_or_else(|refused| panic!("the store refused: {refused}"))
}

fn batch(writes: &[(&[u8], Option<&[u8]>)]) -> Batch {
    let mut batch = Batch::new();
    for (key, value) in writes {
        match value {
            Some(value) => batch.put(*key, *value),
            None => batch.delete(*key),
        }
    }
    batch
}

fn commit(store: &impl Store, writes: &[(&[u8], Option<&[u8]>)]) {
    ok(store.commit(&batch(writes)));
}

fn keys(view: &impl View, prefix: &[u8], from: Option<&[u8]>) -> Vec<Vec<u8>> {
    pairs(view, prefix, from).into_iter().map(|(key, _)| key).collect()
}

/// Bytes that differ at every position and for every seed, so that a swapped or cut chunk shows.
fn pattern(seed: u8, len: usize) -> Vec<u8> {
    (0..len).map(|at| (at as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0] ^ seed).collect()
}

fn get_put_delete(store: &impl Store) {
    assert_eq!(ok(store.get(b"a")), None);
    commit(store, &[(b"a", Some(b"1")), (b"b", Some(b""))]);
    assert_eq!(ok(store.get(b"a")), Some(b"1".to_vec()));
    assert_eq!(ok(store.get(b"b")), Some(Vec::new()), "an empty value is a value");
    commit(store, &[(b"a", None), (b"absent", None)]);
    assert_eq!(ok(store.get(b"a")), None);
    commit(store, &[]);
    assert_eq!(keys(store, b"", None), [b"b"]);
}

fn later_write_wins(store: &impl Store) {
    let mut writes = batch(&[(b"k", Some(b"first")), (b"gone", Some(b"x"))]);
    writes.put(*b"k", *b"second");
    writes.merge(batch(&[(b"k", Some(b"third")), (b"gone", None)]));
    ok(store.commit(&writes));
    assert_eq!(pairs(store, b"", None), [(b"k".to_vec(), b"third".to_vec())]);
    commit(store, &[(b"k", Some(b"fourth"))]);
    assert_eq!(ok(store.get(b"k")), Some(b"fourth".to_vec()));
}

fn scan_is_ordered(store: &impl Store) {
    let mut writes = Batch::new();
    for n in (0..300_u16).rev() {
        writes.put([b"k".as_slice(), &n.to_be_bytes()].concat(), n.to_le_bytes());
    }
    ok(store.commit(&writes));
    let found = pairs(store, b"k", None);
    assert_eq!(found.len(), 300);
    for (n, (key, value)) in (0..300_u16).zip(found) {
        assert_eq!(key, [b"k".as_slice(), &n.to_be_bytes()].concat());
        assert_eq!(value, n.to_le_bytes());
    }
}

/// Prefixes of nothing, of all ones, of a whole key; keys that are empty, or prefixes of each other.
fn scan_prefix_edges(store: &impl Store) {
    let all: [&[u8]; 8] = [b"", b"\x00", b"\x00\x00", b"a", b"a\x00", b"a\xff", b"\xff", b"\xff\xff"];
    let mut writes = Batch::new();
    for key in all {
        writes.put(key, key);
    }
    ok(store.commit(&writes));
    assert_eq!(keys(store, b"", None), all);
    assert_eq!(keys(store, b"\x00", None), all[1..3]);
    assert_eq!(keys(store, b"a", None), all[3..6]);
    assert_eq!(keys(store, b"a\xff", None), all[5..6]);
    assert_eq!(keys(store, b"\xff", None), all[6..]);
    assert_eq!(keys(store, b"b", None), [b""; 0]);
    assert_eq!(keys(store, b"\xff\xff\xff", None), [b""; 0]);
}

fn scan_from(store: &impl Store) {
    for key in [b"a1", b"b1", b"b3", b"b5", b"c1"] {
        commit(store, &[(key, Some(b""))]);
    }
    assert_eq!(keys(store, b"b", Some(b"b3")), [b"b3", b"b5"], "from is included");
    assert_eq!(keys(store, b"b", Some(b"b2")), [b"b3", b"b5"], "from need not exist");
    assert_eq!(keys(store, b"b", Some(b"a")), [b"b1", b"b3", b"b5"], "from before the prefix");
    assert_eq!(keys(store, b"b", Some(b"b9")), [b""; 0]);
    assert_eq!(keys(store, b"b", Some(b"c")), [b""; 0], "from after the prefix");
    assert_eq!(keys(store, b"", Some(b"b5")), [b"b5", b"c1"]);
}

fn scan_stops(store: &impl Store) {
    commit(store, &[(b"1", Some(b"")), (b"2", Some(b"")), (b"3", Some(b""))]);
    assert_eq!(visited(store, 2), 2);
}

/// How many pairs were visited when the visitor breaks at the `stop`th.
fn visited(view: &impl View, stop: usize) -> usize {
    let mut seen = 0;
    ok(view.scan(b"", None, &mut |_, _| {
        seen += 1;
        if seen == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }));
    seen
}

/// Grows, shrinks, replaces and deletes one value across every size at which a store might cut it.
fn large_values(store: &impl Store) {
    let sizes = [MAX_VALUE, 1, 5_000, 5_700, 12_288, 16_384, 70_000, MAX_VALUE - 1, 11_264, 11_265, 0];
    for (seed, size) in (0..).zip(sizes) {
        let value = pattern(seed, size);
        commit(store, &[(b"letter", Some(&value))]);
        assert_eq!(ok(store.get(b"letter")), Some(value.clone()), "{size} bytes");
        assert_eq!(pairs(store, b"", None), [(b"letter".to_vec(), value)]);
    }
    commit(store, &[(b"letter", Some(&pattern(9, MAX_VALUE)))]);
    commit(store, &[(b"letter", None)]);
    assert_eq!(keys(store, b"", None), [b""; 0]);
    commit(store, &[(b"letter", Some(b"short"))]);
    assert_eq!(pairs(store, b"", None), [(b"letter".to_vec(), b"short".to_vec())]);
}

/// Long keys that share all but the end, each with a long value: pieces must not be mistaken for each other.
fn large_value_neighbours(store: &impl Store) {
    let key = |tail: &[u8]| [vec![b'k'; MAX_KEY - 4], tail.to_vec()].concat();
    let tails: [&[u8]; 6] =
        [b"", b"\x00", b"\x00\x00", b"\x00\x01", b"\x00\x00\x00\x01", b"\xff\xff\xff\xff"];
    let mut writes = Batch::new();
    for (seed, tail) in (0..).zip(tails) {
        writes.put(key(tail), pattern(seed, 40_000));
    }
    ok(store.commit(&writes));
    commit(store, &[(&key(tails[1]), None)]);
    for (seed, tail) in (0..).zip(tails) {
        let expected = (seed != 1).then(|| pattern(seed, 40_000));
        assert_eq!(ok(store.get(&key(tail))), expected, "tail {tail:?}");
    }
    assert_eq!(keys(store, b"k", None).len(), tails.len() - 1);
}

fn limits(store: &impl Store) {
    let longest_key = vec![7; MAX_KEY];
    commit(store, &[(&longest_key, Some(&vec![8; MAX_VALUE]))]);
    assert_eq!(ok(store.get(&longest_key)).map(|v| v.len()), Some(MAX_VALUE));
    assert_eq!(ok(store.get(&[7; MAX_KEY + 1])), None, "a key that can't be written is not there");
    assert_eq!(keys(store, &[7; MAX_KEY + 1], None), [b""; 0]);

    refuses(store, &batch(&[(&[7; MAX_KEY + 1], Some(b""))]), "key");
    refuses(store, &batch(&[(&[7; MAX_KEY + 1], None)]), "key");
    refuses(store, &batch(&[(b"k", Some(&[0; MAX_VALUE + 1]))]), "value");
    refuses(store, &numbered(MAX_BATCH_OPS + 1), "batch");
    ok(store.commit(&numbered(MAX_BATCH_OPS)));
}

fn numbered(count: usize) -> Batch {
    let mut batch = Batch::new();
    for n in 0..count {
        batch.put(n.to_be_bytes(), *b"v");
    }
    batch
}

fn refuses(store: &impl Store, batch: &Batch, expected: &str) {
    match store.commit(batch) {
        Err(StoreError::TooLarge { what, len, limit }) => {
            assert_eq!(what, expected);
            assert!(len > limit);
        }
        other => panic!("expected TooLarge for a {expected}, got {other:?}"),
    }
}

fn refused_batch_leaves_nothing(store: &impl Store) {
    commit(store, &[(b"kept", Some(b"1"))]);
    let too_long = vec![0; MAX_VALUE + 1];
    let refused = batch(&[(b"a", Some(b"1")), (b"kept", None), (b"z", Some(&too_long))]);
    assert!(store.commit(&refused).is_err());
    assert_eq!(keys(store, b"", None), [b"kept"]);
}

/// What an overlay shows before the commit is what the store shows after it.
fn overlay_equals_commit(store: &impl Store) {
    commit(store, &[(b"a", Some(b"1")), (b"b", Some(b"1")), (b"c", Some(b"1")), (b"e", Some(b"1"))]);
    let pending = batch(&[
        (b"", Some(b"2")),
        (b"a", None),
        (b"b", Some(b"2")),
        (b"bb", Some(b"2")),
        (b"bc", None),
        (b"d", Some(b"2")),
        (b"f", Some(b"2")),
        (b"g", None),
    ]);
    let probes: [(&[u8], Option<&[u8]>); 6] =
        [(b"", None), (b"b", None), (b"", Some(b"b")), (b"", Some(b"bb")), (b"f", None), (b"b", Some(b"a"))];
    let overlay = Overlay::new(store, &pending);
    let before: Vec<_> = probes.iter().map(|(prefix, from)| pairs(&overlay, prefix, *from)).collect();
    let gets: Vec<_> = ALL_KEYS.iter().map(|key| ok(overlay.get(key))).collect();
    let untouched = [b"a", b"b", b"c", b"e"];
    assert_eq!(keys(store, b"", None), untouched, "an overlay writes nothing");

    ok(store.commit(&pending));
    let after: Vec<_> = probes.iter().map(|(prefix, from)| pairs(store, prefix, *from)).collect();
    assert_eq!(before, after);
    assert_eq!(gets, ALL_KEYS.iter().map(|key| ok(store.get(key))).collect::<Vec<_>>());
}

const ALL_KEYS: [&[u8]; 9] = [b"", b"a", b"b", b"bb", b"bc", b"c", b"d", b"e", b"f"];

fn overlay_stops(store: &impl Store) {
    commit(store, &[(b"b", Some(b"1")), (b"d", Some(b"1"))]);
    let pending = batch(&[(b"a", Some(b"2")), (b"c", Some(b"2")), (b"e", Some(b"2"))]);
    for stop in 1..=5 {
        assert_eq!(visited(&Overlay::new(store, &pending), stop), stop);
    }
}

/// Rounds of one reader against one writer that replaces a long value.
const ROUNDS: u8 = 40;

/// A reader on another thread sees one version or the next, never a mixture and never "damaged".
fn readers_see_whole_values(store: &impl Store) {
    let version = |n: u8| pattern(n, 20_000 + usize::from(n) * 1_000);
    commit(store, &[(b"letter", Some(&version(0)))]);
    std::thread::scope(|scope| {
        let writer =
            scope.spawn(|| (1..ROUNDS).for_each(|n| commit(store, &[(b"letter", Some(&version(n)))])));
        while !writer.is_finished() {
            for seen in [ok(store.get(b"letter")).unwrap_or_default(), pairs(store, b"l", None).remove(0).1] {
                let n = (seen.len() - 20_000) / 1_000;
                assert!(seen == version(n as u8), "a mixture of two versions");
            }
        }
    });
    assert_eq!(ok(store.get(b"letter")), Some(version(ROUNDS - 1)));
}

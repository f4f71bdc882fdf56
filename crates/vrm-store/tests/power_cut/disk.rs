//! The log of the shim, and what a disk may hold when the power goes off.
//!
//! The rules are those of the manual pages, not of a kind file system: data survive once a sync that began
//! after them has returned; names survive once their folder was synced, or in the order in which they were
//! changed; everything else survives or not, page by page, in any of the versions it went through, now and
//! then torn within a page.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rand_core::Rng;

use crate::common::below;

/// Unit in which a page cache writes back.
const PAGE: usize = 4096;
/// Unit that a disk writes whole.
const SECTOR: usize = 512;

/// One thing that was done, in the shim's order.
#[derive(Debug)]
enum Op {
    Create {
        file: u64,
        path: PathBuf,
    },
    Write {
        file: u64,
        offset: usize,
        data: Vec<u8>,
    },
    Resize {
        file: u64,
        len: usize,
    },
    Sync {
        file: u64,
        began: usize,
        data_only: bool,
    },
    SyncFolder {
        began: usize,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    Folder {
        path: PathBuf,
    },
    /// The process told the world that it keeps this batch.
    Ack {
        batch: u64,
    },
}

/// Whether `fdatasync`, which only our barrier calls, is believed; when not, the workload is one that used
/// sled's `flush` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barrier {
    Believed,
    Removed,
}

/// A file's number in the file system, and its bytes.
type NumberedFile = (u64, Vec<u8>);

/// A disk at rest: folders and files.
#[derive(Debug, Default)]
pub(crate) struct AtRest {
    names: Vec<(PathBuf, Option<NumberedFile>)>,
}

impl AtRest {
    /// What lies below `folder`.
    pub(crate) fn of(folder: &Path) -> Self {
        let mut found = Self::default();
        found.add(folder);
        found
    }

    fn add(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("it is a folder").map(|e| e.expect("it can be listed")) {
            let (path, meta) = (entry.path(), entry.metadata().expect("it is there"));
            if meta.is_dir() {
                self.names.push((path.clone(), None));
                self.add(&path);
            } else {
                let bytes = fs::read(&path).expect("it can be read");
                self.names.push((path, Some((meta.ino(), bytes))));
            }
        }
    }
}

/// What the recorded processes did to a disk, one after the other.
#[derive(Debug)]
pub(crate) struct Recording {
    before: AtRest,
    ops: Vec<Op>,
}

impl Recording {
    /// Reads the shim's log of what happened to the disk `before`; what was written to the file `acks` are the acknowledgements.
    pub(crate) fn read(before: AtRest, log: &Path, acks: &Path) -> Self {
        let bytes = fs::read(log).expect("the shim wrote a log");
        let mut reader = Reader { rest: &bytes, acks, process: 0, ops: Vec::new() };
        while !reader.rest.is_empty() {
            reader.record();
        }
        Self { before, ops: reader.ops }
    }

    /// How many operations there are: the places where the power may go off.
    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    /// The last batch acknowledged before operation number `cut`, if one was.
    pub(crate) fn acknowledged(&self, cut: usize) -> Option<u64> {
        self.ops[..cut]
            .iter()
            .rev()
            .find_map(|op| if let Op::Ack { batch } = op { Some(*batch) } else { None })
    }

    /// How often `fdatasync` was called.
    pub(crate) fn barriers(&self) -> usize {
        self.ops.iter().filter(|op| matches!(op, Op::Sync { data_only: true, .. })).count()
    }

    /// Writes to `target` what may be found of `root` when the power goes off before operation number `cut`.
    pub(crate) fn rebuild(
        &self,
        cut: usize,
        barrier: Barrier,
        root: &Path,
        target: &Path,
        rng: &mut impl Rng,
    ) {
        let mut disk = Disk::at_rest(&self.before);
        for (at, op) in self.ops[..cut].iter().enumerate() {
            disk.add(at, op, barrier);
        }
        let luck = Luck { permille: [0, 100, 500, 900, 1000][below(rng, 5) as usize] };
        disk.write_out(luck, root, target, rng);
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    acks: &'a Path,
    /// Operations before the current process, from whose start the shim counts.
    process: usize,
    ops: Vec<Op>,
}

impl Reader<'_> {
    fn record(&mut self) {
        let op = self.take(4)[0];
        let path_len = u32::from_ne_bytes(self.array()) as usize;
        let data_len = u32::from_ne_bytes(self.array()) as usize;
        self.take(4);
        let file = u64::from_ne_bytes(self.array());
        let offset = u64::from_ne_bytes(self.array()) as usize;
        let path = PathBuf::from(text(self.take(path_len)));
        let data = self.take(data_len);
        let began = self.process + offset;
        let op = match op {
            0 => return self.process = self.ops.len(),
            1 => Op::Create { file, path },
            2 if path == self.acks => Op::Ack { batch: acked(data) },
            2 => Op::Write { file, offset, data: data.to_vec() },
            3 => Op::Resize { file, len: offset },
            4 => Op::Sync { file, began, data_only: data == b"d" },
            5 => Op::SyncFolder { began },
            6 => Op::Rename { from: path, to: text(data).into() },
            7 => Op::Remove { path },
            8 => Op::Folder { path },
            other => panic!("unknown operation {other}"),
        };
        self.ops.push(op);
    }

    fn take<'a>(&mut self, len: usize) -> &'a [u8]
    where
        Self: 'a,
    {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        taken
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).try_into().expect("it has N bytes")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("paths are text")
}

fn acked(line: &[u8]) -> u64 {
    text(line).trim().strip_prefix("ack ").and_then(|n| n.parse().ok()).expect("a whole ack")
}

/// How much of what was not synced survives.
#[derive(Debug, Clone, Copy)]
struct Luck {
    permille: u64,
}

impl Luck {
    fn holds(self, rng: &mut impl Rng) -> bool {
        below(rng, 1000) < self.permille
    }

    /// How many of `all` things that happened in order survive.
    fn of(self, all: usize, rng: &mut impl Rng) -> usize {
        match self.permille {
            0 => 0,
            _ if self.holds(rng) => all,
            _ => below(rng, all as u64 + 1) as usize,
        }
    }
}

/// A change to a file that no sync has covered yet.
#[derive(Debug)]
enum Change<'a> {
    Write { offset: usize, data: &'a [u8] },
    Resize { len: usize },
}

/// A change to the names; files are numbered, because names move.
#[derive(Debug)]
enum Naming<'a> {
    Create { path: &'a Path, content: usize },
    Rename { from: &'a Path, to: &'a Path },
    Remove { path: &'a Path },
    Folder { path: &'a Path },
}

/// The state at the moment of the cut: what is safe, and what is not.
#[derive(Debug, Default)]
struct Disk<'a> {
    contents: Vec<Content<'a>>,
    /// The newest content that has this number in the file system, which uses numbers again.
    numbers: HashMap<u64, usize>,
    namings: Vec<(usize, Naming<'a>)>,
    safe_namings: usize,
    /// Those from before the recording.
    old_namings: usize,
}

#[derive(Debug, Default)]
struct Content<'a> {
    safe: Vec<u8>,
    pending: Vec<(usize, Change<'a>)>,
}

impl<'a> Disk<'a> {
    /// Everything that lay there before is safe.
    fn at_rest(before: &'a AtRest) -> Self {
        let mut disk = Self::default();
        for (path, file) in &before.names {
            let naming = match file {
                None => Naming::Folder { path },
                Some((number, bytes)) => {
                    let content = disk.contents.len();
                    disk.contents.push(Content { safe: bytes.clone(), pending: Vec::new() });
                    disk.numbers.insert(*number, content);
                    Naming::Create { path, content }
                }
            };
            disk.namings.push((0, naming));
        }
        disk.safe_namings = disk.namings.len();
        disk.old_namings = disk.namings.len();
        disk
    }

    fn add(&mut self, at: usize, op: &'a Op, barrier: Barrier) {
        match op {
            Op::Create { file, path } => {
                let content = self.contents.len();
                self.contents.push(Content::default());
                self.numbers.insert(*file, content);
                self.namings.push((at, Naming::Create { path, content }));
            }
            Op::Write { file, offset, data } => {
                self.change(*file, at, Change::Write { offset: *offset, data })
            }
            Op::Resize { file, len } => self.change(*file, at, Change::Resize { len: *len }),
            Op::Sync { data_only: true, .. } if barrier == Barrier::Removed => {}
            Op::Sync { file, began, .. } => self.content(*file).settle(*began),
            Op::SyncFolder { began } => {
                self.safe_namings = self.namings.partition_point(|(at, _)| at < began)
            }
            Op::Rename { from, to } => self.namings.push((at, Naming::Rename { from, to })),
            Op::Remove { path } => self.namings.push((at, Naming::Remove { path })),
            Op::Folder { path } => self.namings.push((at, Naming::Folder { path })),
            Op::Ack { .. } => {}
        }
    }

    fn content(&mut self, file: u64) -> &mut Content<'a> {
        &mut self.contents[self.numbers[&file]]
    }

    fn change(&mut self, file: u64, at: usize, change: Change<'a>) {
        self.content(file).pending.push((at, change));
    }

    fn write_out(&self, luck: Luck, root: &Path, target: &Path, rng: &mut impl Rng) {
        let unsafe_namings = self.namings.len() - self.safe_namings;
        let survive = self.safe_namings + luck.of(unsafe_namings, rng);
        for (path, content) in names(&self.namings[..survive]) {
            let path = target.join(path.strip_prefix(root).expect("the shim watches only this root"));
            match content {
                None => fs::create_dir_all(path).expect("the image can be built"),
                Some(content) => {
                    fs::write(path, self.contents[content].found(luck, rng)).expect("the image can be built")
                }
            }
        }
    }
}

/// Folders, and files with their contents.
fn names(namings: &[(usize, Naming<'_>)]) -> BTreeMap<PathBuf, Option<usize>> {
    let mut names = BTreeMap::new();
    for (_, naming) in namings {
        match naming {
            Naming::Create { path, content } => drop(names.insert(path.to_path_buf(), Some(*content))),
            Naming::Folder { path } => drop(names.insert(path.to_path_buf(), None)),
            Naming::Remove { path } => drop(names.remove(*path)),
            Naming::Rename { from, to } => {
                let moved: Vec<_> =
                    names.keys().filter(|path: &&PathBuf| path.starts_with(from)).cloned().collect();
                for path in moved {
                    let content = names.remove(&path).expect("it was listed");
                    let rest = path.strip_prefix(from).expect("it was filtered");
                    let path = if rest.as_os_str().is_empty() { to.to_path_buf() } else { to.join(rest) };
                    names.insert(path, content);
                }
            }
        }
    }
    names
}

impl Content<'_> {
    /// A sync that began at `began` covers what was done before.
    fn settle(&mut self, began: usize) {
        let covered = self.pending.partition_point(|(at, _)| *at < began);
        for (_, change) in self.pending.drain(..covered) {
            match change {
                Change::Write { offset, data } => write(&mut self.safe, offset, data),
                Change::Resize { len } => self.safe.resize(len, 0),
            }
        }
    }

    /// What may be found of the file: each page in one of its versions since the last sync.
    fn found(&self, luck: Luck, rng: &mut impl Rng) -> Vec<u8> {
        let mut pages = self.fates(luck, rng);
        let mut found = self.safe.clone();
        for (_, change) in &self.pending {
            match change {
                Change::Resize { len } if luck.holds(rng) => found.resize(*len, 0),
                Change::Resize { .. } => {}
                Change::Write { offset, data } => {
                    for (offset, part) in in_pages(*offset, data) {
                        let fate = pages.get_mut(&(offset / PAGE)).expect("each page has a fate");
                        write(&mut found, offset, &part[..fate.next(offset, part.len())]);
                    }
                }
            }
        }
        found
    }

    fn fates(&self, luck: Luck, rng: &mut impl Rng) -> BTreeMap<usize, Fate> {
        let mut versions: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, change) in &self.pending {
            if let Change::Write { offset, data } = change {
                in_pages(*offset, data)
                    .for_each(|(offset, _)| *versions.entry(offset / PAGE).or_default() += 1);
            }
        }
        versions.into_iter().map(|(page, versions)| (page, Fate::draw(versions, luck, rng))).collect()
    }
}

/// How many of a page's writes survive, and how many sectors of the next.
#[derive(Debug)]
struct Fate {
    whole: usize,
    torn: usize,
}

impl Fate {
    fn draw(versions: usize, luck: Luck, rng: &mut impl Rng) -> Self {
        let torn = if below(rng, 16) == 0 { below(rng, (PAGE / SECTOR) as u64) as usize } else { 0 };
        Self { whole: luck.of(versions, rng), torn: if luck.permille == 0 { 0 } else { torn } }
    }

    /// Bytes that survive of the page's next write.
    fn next(&mut self, offset: usize, len: usize) -> usize {
        if self.whole > 0 {
            self.whole -= 1;
            return len;
        }
        let end = std::mem::take(&mut self.torn) * SECTOR;
        end.saturating_sub(offset % PAGE).min(len)
    }
}

fn in_pages(offset: usize, data: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let (mut offset, mut rest) = (offset, data);
    std::iter::from_fn(move || {
        let here = (PAGE - offset % PAGE).min(rest.len());
        let part = rest.split_off(..here).filter(|part| !part.is_empty())?;
        offset += here;
        Some((offset - here, part))
    })
}

fn write(file: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if !data.is_empty() && file.len() < end {
        file.resize(end, 0);
    }
    if !data.is_empty() {
        file[offset..end].copy_from_slice(data);
    }
}

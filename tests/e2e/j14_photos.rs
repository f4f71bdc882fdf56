//! J14 without the tag: four photos of a worn shoe. What tells where they were taken stays at home, the preview is what is
//! sent, the vendor holds the same bytes; a kill in the middle costs nothing that came; what is erased is gone.

use std::path::Path;

use vrm_core::Hash;

use crate::j11_journal::{anywhere, conduit};
use crate::world::{Node, Story, soon, text};

const SERIAL: &[u8] = b"AliceCam serial 4711";

/// A photo as a telephone makes it: EXIF with the camera's serial number and a place (52 degrees north).
fn snapshot(shade: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([x as u8, y as u8, shade]));
    let mut plain = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut plain, image::ImageFormat::Jpeg).unwrap();
    let plain = plain.into_inner();
    let field = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let latitude: Vec<u8> = [52u32, 1, 31, 1, 12, 1].iter().flat_map(|n| n.to_le_bytes()).collect();
    let tiff = [
        b"II*\0\x08\0\0\0\x02\0".to_vec(),
        field(0x010f, 2, SERIAL.len() as u32, 92),
        field(0x8825, 4, 1, 38),
        vec![0; 4],
        b"\x02\0".to_vec(),
        field(0x0001, 2, 2, u32::from(b'N')),
        field(0x0002, 5, 3, 68),
        vec![0; 4],
        latitude,
        SERIAL.to_vec(),
    ]
    .concat();
    let body = [b"Exif\0\0", tiff.as_slice()].concat();
    let segment = [&[0xff, 0xe1][..], &(body.len() as u16 + 2).to_be_bytes(), &body].concat();
    [&plain[..2], &segment, &plain[2..]].concat()
}

fn holds(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|w| w == words)
}

/// Files with four snapshots.
fn four(folder: &Path) -> Vec<String> {
    let write = |n: u8| {
        let path = folder.join(format!("IMG_{n}.jpg"));
        std::fs::write(&path, snapshot(n * 50)).unwrap();
        path.display().to_string()
    };
    (1..=4).map(write).collect()
}

fn photo(node: &Node, conduit: &str, files: &[String], more: &[&str]) -> serde_json::Value {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    node.vrm(&[&["photo", conduit][..], &files, &["--json"], more].concat()).ok().json()
}

fn hashes(told: &serde_json::Value) -> Vec<String> {
    let photos = told["photos"].as_array().unwrap();
    photos.iter().map(|photo| photo["sha256"].as_str().unwrap().to_owned()).collect()
}

async fn attached(story: &mut Story, count: usize) -> Vec<String> {
    let mut blobs = Vec::new();
    for _ in 0..count {
        blobs.push(text(&story.next("attached").await, "blob"));
    }
    blobs
}

/// What a node gives out of a blob.
fn got(node: &Node, blob: &str, folder: &Path) -> Vec<u8> {
    let out = folder.join(blob);
    node.vrm(&["blob", "get", blob, "--out", out.to_str().unwrap()]).ok();
    std::fs::read(out).unwrap()
}

async fn no_blobs(node: &Node) {
    soon("the blobs to be gone", async {
        while !node.client.blobs(&Default::default()).await.unwrap().items.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_photos_of_a_worn_sole_tell_the_vendor_nothing_but_what_they_show() {
    let (alice, acme, conduit) = conduit().await;
    let folder = tempfile::tempdir().unwrap();
    let (files, previews) = (four(folder.path()), folder.path().join("previews"));
    assert!(
        holds(&std::fs::read(&files[0]).unwrap(), SERIAL)
            && holds(&std::fs::read(&files[0]).unwrap(), b"Exif")
    );

    let shown = photo(&alice, &conduit, &files, &["-n", "--preview", previews.to_str().unwrap()]);
    assert!(alice.vrm(&["blob", "list", "--json"]).ok().items().is_empty(), "nothing is kept or sent yet");
    let previews: Vec<Vec<u8>> =
        (1..=4).map(|n| std::fs::read(previews.join(format!("{n}.jpg"))).unwrap()).collect();
    for preview in &previews {
        assert!(!holds(preview, b"Exif") && !holds(preview, SERIAL));
    }
    let of_previews: Vec<String> = previews.iter().map(|bytes| Hash::plain(bytes).to_string()).collect();
    assert_eq!(hashes(&shown), of_previews);

    let sent = photo(&alice, &conduit, &files, &["--text", "after six months"]);
    assert_eq!(hashes(&sent), of_previews, "the preview is what is sent");
    attached(&mut acme.story().await, 4).await;
    let place = tempfile::tempdir().unwrap();
    for (photo, preview) in sent["photos"].as_array().unwrap().iter().zip(&previews) {
        let blob = photo["blob"].as_str().unwrap();
        assert!(got(&acme, blob, place.path()) == *preview, "acme holds the same bytes");
        let checked = acme.vrm(&["blob", "verify", blob, "--json"]).ok().json();
        assert_eq!((&checked["wrong"], &checked["missing"]), (&0.into(), &0.into()));
    }
    assert!(acme.vrm(&["journal", "show", &conduit]).ok().out.contains("4 pictures: after six months"));
    let outbox = alice.vrm(&["outbox", "--json"]).ok().items();
    assert!(outbox.iter().any(|line| line["kind"] == "attachment"), "what left is in the outbox");

    let entry = sent["id"].as_str().unwrap();
    alice.vrm(&["journal", "erase", &conduit, entry, "-y"]).ok();
    let blob = sent["photos"][0]["blob"].as_str().unwrap();
    for node in [&alice, &acme] {
        no_blobs(node).await;
        node.vrm(&["blob", "get", blob, "--out", "nowhere"]).fails(5);
        let piece = &previews[0][previews[0].len() / 2..][..64];
        assert!(!anywhere(node.path(), piece), "the picture lies on the disk of {:?}", node.path());
    }

    let opened = ["case", "open", &conduit, "The sole is through", "--photo", &files[0], "--json"];
    let case = alice.vrm(&opened).ok().id();
    attached(&mut acme.story().await, 5).await;
    assert!(acme.vrm(&["case", "show", &case]).ok().out.contains("[1 attached]"));
    let blob =
        acme.vrm(&["blob", "list", "--json"]).ok().items().remove(0)["id"].as_str().unwrap().to_owned();
    assert!(got(&acme, &blob, place.path()) == previews[0], "made anew like any other");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_long_attachment_costs_nothing_that_came() {
    let (alice, acme, conduit) = conduit().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let manual: Vec<u8> = (0..8_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(path("manual.pdf"), &manual).unwrap();
    alice.vrm(&["note", &conduit, "the manual", "--file", &path("manual.pdf")]).ok();
    acme.story().await.find("the note", |told| told.what == "entry" && text(told, "subtype") == "note").await;
    let named = soon("the attachment to be known", async {
        loop {
            if let Some(blob) = acme.client.blobs(&Default::default()).await.unwrap().items.pop() {
                return blob;
            }
        }
    });
    let blob = named.await;
    let id = blob.id.to_string();
    assert_eq!((blob.have, blob.chunks), (0, 123), "so long a one waits until somebody asks");

    acme.client.fetch_blob(&id).await.unwrap();
    let begun = soon("some of it to come", async {
        loop {
            let blob = acme.client.blob(&id).await.unwrap();
            if blob.have > 0 {
                return blob.have;
            }
        }
    });
    let before = begun.await;
    acme.kill_9().await;
    assert!(before < 123, "it was killed in the middle");
    acme.start();
    assert!(acme.client.blob(&id).await.unwrap().have >= before, "what came is kept");
    alice.meet(&acme).await;
    attached(&mut acme.story().await, 1).await;
    assert!(got(&acme, &id, folder.path()) == manual);
    let outbox = alice.vrm(&["outbox", "--json"]).ok().items();
    let left: u64 =
        outbox.iter().filter(|l| l["kind"] == "attachment").map(|l| l["bytes"].as_u64().unwrap()).sum();
    assert!(left < 9_000_000, "{left} bytes left: what had come was not asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_attached_is_refused_with_the_rule_it_breaks() {
    let (alice, _acme, conduit) = conduit().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name).display().to_string()
    };
    let refused = |args: &[&str], code: &str| {
        let run = alice.vrm(&[args, &["--json"]].concat()).fails(2);
        assert!(run.err.contains(&format!("\"{code}\"")), "{run:?}");
    };
    let photo = file("a.jpg", &snapshot(1));
    refused(&["note", &conduit, "look", "--file", &photo], "picture_as_file");
    refused(&["note", &conduit, "look", "--file", &file("long", &vec![7; (8 << 20) + 1])], "bad_attachment");
    refused(&["note", &conduit, "look", "--file", &file("empty", b"")], "bad_attachment");
    refused(&["photo", &conduit, &file("b.jpg", b"GIF89a")], "bad_photo");
    assert!(alice.vrm(&["journal", "show", &conduit, "--json"]).ok().items().is_empty());
}

//! What the folder of attachments keeps, and what it refuses.

use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

const PDF: &[u8] = b"%PDF-1.7\nan impact assessment";

fn folder(limits: Limits) -> (TempDir, Attachments) {
    let dir = TempDir::new().expect("folder");
    let attachments = Attachments::at(&dir.path().join("files"), limits).expect("attachments");
    (dir, attachments)
}

const ROOMY: Limits = Limits { file: 1_000, total: 10_000 };

/// All files below the folder, by their path within it.
fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).expect("folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(files(&entry.path()).iter().map(|f| format!("{name}/{f}")));
        } else {
            found.push(name);
        }
    }
    found
}

#[test]
fn content_comes_back_under_its_hash() {
    let (_dir, attachments) = folder(ROOMY);
    let kept = attachments.keep(PDF).expect("kept");
    assert_eq!(kept.hash, Hash::of(PDF));
    assert_eq!((kept.bytes, kept.media), (29, Media::Pdf));
    let mut read = Vec::new();
    let mut file = attachments.open(kept.hash, kept.bytes).expect("open");
    file.read_to_end(&mut read).expect("read");
    assert_eq!(read, PDF);
    let hash = kept.hash.to_string();
    let place = format!("{}/{}/{hash}", &hash[..2], &hash[2..4]);
    assert_eq!(files(&attachments.0.root), [place]);
}

#[test]
fn parts_and_whole_are_the_same_and_kept_once() {
    let (_dir, attachments) = folder(ROOMY);
    let whole = attachments.keep(PDF).expect("kept");
    let mut incoming = attachments.begin().expect("begin");
    for part in PDF.chunks(5) {
        incoming.write(part).expect("part");
    }
    assert_eq!(incoming.finish().expect("kept"), whole);
    assert_eq!(files(&attachments.0.root).len(), 1);
    assert_eq!(*attachments.0.total.lock().expect("total"), whole.bytes);
}

#[test]
fn what_is_refused_leaves_nothing() {
    let (_dir, attachments) = folder(Limits { file: 20, total: 10_000 });
    let too_large = attachments.keep(PDF).expect_err("too large");
    assert!(matches!(too_large, AttachmentError::TooLarge(20)));
    let empty = attachments.keep(&b""[..]).expect_err("empty");
    assert!(matches!(empty, AttachmentError::Empty));
    let html = attachments.keep(&b"<html >"[..]).expect_err("html");
    assert!(html.to_string().starts_with("text/html is not accepted"));
    drop(attachments.begin().expect("begun and left"));
    assert!(files(&attachments.0.root).is_empty());
}

#[test]
fn the_total_is_kept_over_a_restart() {
    let limits = Limits { file: 20, total: 30 };
    let (_dir, attachments) = folder(limits);
    attachments.keep(&b"the first twenty ..."[..]).expect("kept");
    let again = Attachments::at(&attachments.0.root, limits).expect("opened again");
    for folder in [&attachments, &again] {
        let full = folder.keep(&b"the second twenty .."[..]);
        assert!(matches!(full, Err(AttachmentError::Full(30))));
        folder.keep(&b"the first twenty ..."[..]).expect("known");
    }
    again.keep(&b"ten more.."[..]).expect("exactly full");
}

#[test]
fn a_file_that_is_missing_or_cut_is_not_given_out() {
    let (_dir, attachments) = folder(ROOMY);
    let missing = attachments.open(Hash::of(b"other"), 5);
    assert!(matches!(missing, Err(AttachmentError::Missing(_))));
    let kept = attachments.keep(PDF).expect("kept");
    fs::write(attachments.0.path(kept.hash), b"%PDF").expect("cut");
    let damaged = attachments.open(kept.hash, kept.bytes);
    assert!(matches!(damaged, Err(AttachmentError::Damaged { found: 4, .. })));
    attachments.keep(PDF).expect("the same content heals it");
    assert!(attachments.open(kept.hash, kept.bytes).is_ok());
}

#[test]
fn links_out_of_the_folder_are_not_followed() {
    let (dir, attachments) = folder(ROOMY);
    let outside = dir.path().join("outside");
    fs::create_dir(&outside).expect("outside");
    fs::write(outside.join("secret"), PDF).expect("secret");

    let kept = attachments.keep(PDF).expect("kept");
    let path = attachments.0.path(kept.hash);
    fs::remove_file(&path).expect("remove");
    symlink(outside.join("secret"), &path).expect("link");
    let read = attachments.open(kept.hash, kept.bytes);
    assert!(matches!(read, Err(AttachmentError::Irregular(_))));

    let hash = Hash::of(b"a note").to_string();
    symlink(&outside, attachments.0.root.join(&hash[..2])).expect("link");
    let written = attachments.keep(&b"a note"[..]);
    assert!(matches!(written, Err(AttachmentError::Irregular(_))));
    assert_eq!(files(&outside), ["secret"]);
}

#[test]
fn files_of_another_process_with_the_same_number_are_left_alone() {
    let (_dir, attachments) = folder(ROOMY);
    let name = format!(".incoming-{}-0", process::id());
    let foreign = attachments.0.root.join(name);
    fs::write(&foreign, b"on its way").expect("foreign");
    attachments.keep(PDF).expect("kept");
    assert_eq!(fs::read(&foreign).expect("still there"), b"on its way");
}

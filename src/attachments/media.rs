//! The type of a file, judged by its content alone: what a client says of it is not asked.
//! Few types are accepted; none of them is run or shown inside a page.

use std::{
    fmt,
    io::{Read, Seek, SeekFrom},
    str,
};

use super::AttachmentError;

/// How much of the beginning is kept to recognise a type by.
const HEAD: usize = 8 * 1_024;
/// Where a ZIP's last record can begin at the earliest, counted from the end (APPNOTE.TXT §4.3.16).
const TAIL: u64 = 22 + 65_535;
/// How long a list of a document's parts may be.
const MAX_DIRECTORY: u64 = 1_024 * 1_024;

/// The accepted types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
    /// UTF-8 without control characters: plain text, CSV, Markdown, JSON.
    Text,
    /// Word, without macros.
    Docx,
    /// Excel, without macros.
    Xlsx,
    /// PowerPoint, without macros.
    Pptx,
    /// OpenDocument text.
    Odt,
    /// OpenDocument spreadsheet.
    Ods,
}

impl Media {
    /// Every accepted type.
    pub const ALL: &'static [Self] = &[
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Text,
        Self::Docx,
        Self::Xlsx,
        Self::Pptx,
        Self::Odt,
        Self::Ods,
    ];

    /// The media type (RFC 6838) under which it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Text => "text/plain",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
        }
    }

    /// The type with this name, if it is accepted.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|media| media.as_str() == name)
    }

    /// What people call it: the ending of its name, in capitals.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::Webp => "WebP",
            Self::Text => "TXT",
            Self::Docx => "DOCX",
            Self::Xlsx => "XLSX",
            Self::Pptx => "PPTX",
            Self::Odt => "ODT",
            Self::Ods => "ODS",
        }
    }

    /// The endings of names that files of the accepted types usually have, as a form lists them (HTML §4.10.5.1.17).
    pub const fn endings() -> &'static str {
        ".pdf,.png,.jpg,.jpeg,.gif,.webp,.txt,.csv,.md,.json,.docx,.xlsx,.pptx,.odt,.ods"
    }

    /// The accepted types as people call them.
    pub const fn accepted() -> &'static str {
        "PDF, PNG, JPEG, GIF, WebP, text (also CSV, Markdown, JSON), DOCX, XLSX, PPTX, ODT and ODS"
    }

    /// Is it a ZIP of parts?
    const fn is_zip(self) -> bool {
        matches!(self, Self::Docx | Self::Xlsx | Self::Pptx | Self::Odt | Self::Ods)
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Watches a file go by.
#[derive(Debug, Default)]
pub(super) struct Sniffer {
    head: Vec<u8>,
    text: Text,
}

impl Sniffer {
    /// Sees the next part.
    pub(super) fn feed(&mut self, part: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend(part.iter().take(room));
        self.text.feed(part);
    }

    /// Says what the whole, which stands in `file`, is.
    pub(super) fn judge<F: Read + Seek>(self, file: &mut F) -> Result<Media, AttachmentError> {
        let found = infer::get(&self.head).map(|kind| kind.mime_type());
        let accepted = found.and_then(Media::named);
        match (accepted, found) {
            (Some(media), _) if !media.is_zip() => Ok(media),
            (Some(_), _) | (None, Some("application/zip")) => document(accepted, file),
            (None, found) if self.text.is_text() && !found.is_some_and(is_active) => Ok(Media::Text),
            (None, Some(found)) => Err(refused(found)),
            (None, None) => Err(refused("a file of unknown type")),
        }
    }
}

fn refused(found: &str) -> AttachmentError {
    AttachmentError::Refused { found: found.to_owned() }
}

/// Texts that a program would run or lay out. Other types that begin with letters, such as
/// `BM` for a bitmap, are no obstacle to being a text.
fn is_active(found: &str) -> bool {
    found.starts_with("text/") || matches!(found, "application/rtf" | "application/postscript")
}

/// Reads UTF-8 that comes in parts.
#[derive(Debug, Default)]
struct Text {
    /// The beginning of a character whose end is in the next part.
    pending: Vec<u8>,
    broken: bool,
}

impl Text {
    fn feed(&mut self, part: &[u8]) {
        if self.broken {
            return;
        }
        let mut bytes = std::mem::take(&mut self.pending);
        bytes.extend_from_slice(part);
        let (text, rest) = match str::from_utf8(&bytes) {
            Ok(text) => (text, None),
            Err(error) if error.error_len().is_none() => {
                let (whole, rest) = bytes.split_at(error.valid_up_to());
                (str::from_utf8(whole).unwrap_or_default(), Some(rest))
            }
            Err(_) => {
                self.broken = true;
                return;
            }
        };
        self.broken = text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
        self.pending = rest.map(<[u8]>::to_vec).unwrap_or_default();
    }

    fn is_text(&self) -> bool {
        !self.broken && self.pending.is_empty()
    }
}

/// Which document a ZIP is, by the names of its parts. One with macros, as the usual programs store them, is refused.
fn document<F: Read + Seek>(guess: Option<Media>, file: &mut F) -> Result<Media, AttachmentError> {
    let parts = part_names(file)?.ok_or_else(|| refused("a damaged ZIP"))?;
    let has = |name: &str| parts.iter().any(|part| part == name);
    if parts.iter().any(|part| part.ends_with("vbaproject.bin") || part.starts_with("basic/")) {
        return Err(refused("a document with macros"));
    }
    match guess {
        Some(Media::Odt | Media::Ods) if has("content.xml") => guess,
        Some(_) | None if !has("[content_types].xml") => None,
        Some(_) | None if has("word/document.xml") => Some(Media::Docx),
        Some(_) | None if has("xl/workbook.xml") => Some(Media::Xlsx),
        Some(_) | None if has("ppt/presentation.xml") => Some(Media::Pptx),
        Some(_) | None => None,
    }
    .ok_or_else(|| refused("application/zip"))
}

/// The names in a ZIP's central directory (APPNOTE.TXT §4.3.12), in lower case; nothing if it cannot be read.
fn part_names<F: Read + Seek>(file: &mut F) -> Result<Option<Vec<String>>, AttachmentError> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail = read_at(file, length.saturating_sub(TAIL), TAIL)?;
    let Some((offset, size)) = directory(&tail).filter(|(_, size)| *size <= MAX_DIRECTORY) else {
        return Ok(None);
    };
    let directory = read_at(file, offset, size)?;
    let mut rest = directory.as_slice();
    let mut names = Vec::new();
    while !rest.is_empty() {
        let Some((name, after)) = entry(rest) else {
            return Ok(None);
        };
        names.push(String::from_utf8_lossy(name).to_lowercase());
        rest = after;
    }
    Ok(Some(names))
}

/// Where the central directory begins and how long it is, by the last end record in `tail`.
fn directory(tail: &[u8]) -> Option<(u64, u64)> {
    let at = tail.windows(4).rposition(|bytes| bytes == b"PK\x05\x06")?;
    let end = tail.get(at..)?;
    let size = u32::from_le_bytes(end.get(12..16)?.try_into().ok()?);
    let offset = u32::from_le_bytes(end.get(16..20)?.try_into().ok()?);
    Some((offset.into(), size.into()))
}

/// The name of the first entry and what follows that entry.
fn entry(directory: &[u8]) -> Option<(&[u8], &[u8])> {
    directory.strip_prefix(b"PK\x01\x02")?;
    let short = |at: usize| {
        let bytes = directory.get(at..at + 2)?.try_into().ok()?;
        Some(usize::from(u16::from_le_bytes(bytes)))
    };
    let (name, extra, comment) = (short(28)?, short(30)?, short(32)?);
    let after = directory.get(46 + name + extra + comment..)?;
    Some((directory.get(46..46 + name)?, after))
}

fn read_at<F: Read + Seek>(file: &mut F, offset: u64, most: u64) -> Result<Vec<u8>, AttachmentError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A ZIP of empty parts.
    fn zip(names: &[&str]) -> Vec<u8> {
        let (mut files, mut list) = (Vec::new(), Vec::new());
        for name in names {
            let length = u16::try_from(name.len()).expect("short").to_le_bytes();
            files.extend(b"PK\x03\x04");
            files.extend([0; 22]);
            files.extend(length);
            files.extend([0; 2]);
            files.extend(name.bytes());
            list.extend(b"PK\x01\x02");
            list.extend([0; 24]);
            list.extend(length);
            list.extend([0; 16]);
            list.extend(name.bytes());
        }
        let at = |n: usize| u32::try_from(n).expect("short").to_le_bytes();
        let (size, offset) = (at(list.len()), at(files.len()));
        files.extend(list);
        files.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0");
        files.extend(size);
        files.extend(offset);
        files.extend([0; 2]);
        files
    }

    fn judged(content: &[u8], part: usize) -> Result<Media, String> {
        let mut sniffer = Sniffer::default();
        content.chunks(part).for_each(|part| sniffer.feed(part));
        sniffer.judge(&mut Cursor::new(content)).map_err(|error| error.to_string())
    }

    #[test]
    fn accepted_types_are_known_by_their_content() {
        let odt = zip(&["mimetypeapplication/vnd.oasis.opendocument.text", "content.xml"]);
        for (content, media) in [
            (&b"%PDF-1.7\n%\xe2\xe3"[..], Media::Pdf),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Media::Png),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Media::Jpeg),
            (b"GIF89a\x01\0\x01\0", Media::Gif),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Media::Webp),
            ("a,b\r\n1,\u{20ac}\u{1f600}\n".as_bytes(), Media::Text),
            (b"{\"a\": 1}", Media::Text),
            (b"BMW and MZ begin like other types", Media::Text),
            (&zip(&["[Content_Types].xml", "word/document.xml"]), Media::Docx),
            (&zip(&["docProps/app.xml", "xl/workbook.xml", "[Content_Types].xml"]), Media::Xlsx),
            (&zip(&["[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml"]), Media::Pptx),
            (&odt, Media::Odt),
        ] {
            for part in [1, 3, 4_096] {
                assert_eq!(judged(content, part), Ok(media), "{media} in parts of {part}");
            }
        }
    }

    #[test]
    fn others_are_refused_by_name() {
        let macros = zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
        let cut = &zip(&["[Content_Types].xml", "word/document.xml"])[..60];
        for (content, name) in [
            (&b"<!DOCTYPE html><script>"[..], "text/html"),
            (b"<?xml version=\"1.0\"?><svg/>", "text/xml"),
            (b"#!/bin/sh\nrm -rf x", "text/x-shellscript"),
            (b"{\\rtf1 hello}", "application/rtf"),
            (b"MZ\x90\0\x03", "application/vnd.microsoft.portable-executable"),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "application/x-executable"),
            (b"\x1f\x8b\x08\0", "application/gzip"),
            (b"text\0with a zero", "unknown type"),
            (b"caf\xe9 in Latin-1", "unknown type"),
            (b"cut in the middle: \xe2\x82", "unknown type"),
            (&zip(&["a.txt", "b.exe"]), "application/zip"),
            (&macros, "macros"),
            (cut, "damaged ZIP"),
        ] {
            let refusal = judged(content, 7).expect_err(name);
            assert!(refusal.contains(name), "{name}: {refusal}");
            assert!(refusal.contains("accepted are PDF"), "{refusal}");
        }
    }

    #[test]
    fn every_type_has_its_own_name() {
        for media in Media::ALL {
            assert_eq!(Media::named(media.as_str()), Some(*media));
        }
        assert_eq!(Media::named("text/html"), None);
    }
}

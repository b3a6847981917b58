//! Files of an exception: taken in as a stream, judged by their content, given back as a download that
//! no browser runs. What a client says of a file's type is not asked.

use std::{fs::File, io::Read};

use actix_multipart::{Field, Multipart};
use actix_web::{
    HttpMessage, HttpResponse, get,
    http::header::{self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue},
    post,
    web::Bytes,
};
use futures_util::{Stream, StreamExt, stream};
use utoipa::ToSchema;

use super::{
    act::{Question, asked, id_of},
    parts::AttachmentView,
    path::{AttachmentPath, ExceptionPath},
    records::find_record,
    show::Texts,
};
use crate::{
    attachments::{AttachmentError, DisplayName, Kept},
    domain::{command::Command, exception::Exception, request::Attachment},
    web::{
        Web,
        call::Call,
        hand_over, idempotency,
        page::{self, Page},
        problem::{Problem, codes},
    },
    words::{AttachmentId, Hash, Sealer},
};

/// How much of a file is read at a time.
const CHUNK: usize = 64 * 1_024;

/// A file to attach.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the form; `received` reads it")]
pub struct Upload {
    /// The file; its name comes from the part's `filename`.
    #[schema(value_type = String, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// A file's bytes.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "documents the answer; `chunks` streams it")]
pub struct FileBytes(Vec<u8>);

/// Attach a file
#[utoipa::path(
    tag = "Attachments",
    summary = "Attach a file",
    description = "One file in the part `file`. Its type is judged by its content; its bytes never change. After the decision it is evidence of a control, from a control owner, and no part of what was decided.",
    params(ExceptionPath),
    request_body(content = Upload, content_type = "multipart/form-data", description = "The file."),
    responses((
        status = 201,
        description = "The attachment.",
        body = AttachmentView,
        headers(
            ("Location" = String, description = "Where the file is."),
            ("Idempotency-Replayed" = String, description = "`true` if this is the answer to the same request before."),
        ),
    )),
)]
#[post("/v1/exceptions/{id}/attachments")]
pub async fn attach_file(call: Call<Multipart>) -> Result<HttpResponse, Problem> {
    let (call, form) = call.parted();
    let id = id_of(&call, call.target()?).await?;
    // Nobody fills the disk for an exception that they do not see.
    find_record(&call, crate::desk::Find::Id(id)).await?;
    let (kept, name) = received(&call, form).await?;
    let question = attaching(&call.web, kept, &name)?;
    let answer = asked(&call, id, question, call.expected()?).await?;
    let (file, attachment) =
        attached(&answer.exception, kept.hash).ok_or_else(|| Problem::internal("an attachment went astray"))?;
    let texts = [(attachment.name.commitment, name.to_string())].into();
    let mut created = HttpResponse::Created();
    if answer.replayed {
        idempotency::mark_replayed(&call.request);
    }
    created.insert_header((header::LOCATION, format!("/v1/exceptions/{id}/attachments/{file}")));
    Ok(created.json(AttachmentView::of(file, attachment, Texts(&texts))))
}

/// List the attachments
#[utoipa::path(
    tag = "Attachments",
    summary = "List the attachments",
    description = "The files of an exception.",
    params(ExceptionPath),
    responses((status = 200, description = "The files.", body = Page<AttachmentView>)),
)]
#[get("/v1/exceptions/{id}/attachments")]
pub async fn list_attachments(call: Call) -> Result<HttpResponse, Problem> {
    let found = find_record(&call, call.target()?).await?;
    let files = found.what.files();
    let items = files.map(|(id, file)| AttachmentView::of(*id, file, Texts(&found.texts))).collect();
    Ok(page::answer(&call.request, &Page { items, next_cursor: None }))
}

/// Download an attachment
#[utoipa::path(
    tag = "Attachments",
    summary = "Download an attachment",
    description = "The file's bytes, as a download.",
    params(AttachmentPath),
    responses((status = 200, description = "The file, under its own media type.", content_type = "*/*", body = FileBytes)),
)]
#[get("/v1/exceptions/{id}/attachments/{attachment}")]
pub async fn get_attachment(call: Call) -> Result<HttpResponse, Problem> {
    let id: AttachmentId = call.id("attachment", "attachment")?;
    let found = find_record(&call, call.target()?).await?;
    let attachment = found
        .what
        .files()
        .find(|(known, _)| **known == id)
        .map(|(_, file)| file)
        .ok_or_else(|| Problem::not_found("attachment"))?;
    let (store, hash, bytes) = (call.web.attachments.clone(), attachment.hash, attachment.bytes);
    let file = hand_over::block(move || store.open(hash, bytes)).await?;
    let name = found.texts.get(&attachment.name.commitment).map_or("attachment", String::as_str);
    let mut response = HttpResponse::Ok();
    response.content_type(attachment.media_type.as_str()).insert_header(download(name));
    response.insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"));
    Ok(response.no_chunking(bytes).streaming(chunks(file)))
}

/// A download under this name (RFC 6266), in UTF-8 for those who read it (RFC 8187).
fn download(name: &str) -> ContentDisposition {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\') || c == ' ' { c } else { '_' })
        .collect();
    let extended = ExtendedValue {
        charset: Charset::Ext("UTF-8".to_owned()),
        language_tag: None,
        value: name.as_bytes().to_vec(),
    };
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(plain), DispositionParam::FilenameExt(extended)],
    }
}

fn chunks(file: File) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::unfold(Some(file), |file| async {
        let mut file = file?;
        let read = hand_over::block(move || {
            let mut buffer = vec![0; CHUNK];
            let read = file.read(&mut buffer).map_err(AttachmentError::from)?;
            buffer.truncate(read);
            Ok::<_, AttachmentError>((file, Bytes::from(buffer)))
        });
        match read.await {
            Ok((_, bytes)) if bytes.is_empty() => None,
            Ok((file, bytes)) => Some((Ok(bytes), Some(file))),
            Err(problem) => Some((Err(problem), None)),
        }
    })
}

/// The one file of a form, kept under its hash, and its name made harmless.
async fn received(call: &Call, mut form: Multipart) -> Result<(Kept, DisplayName), Problem> {
    if !call.request.content_type().eq_ignore_ascii_case("multipart/form-data") {
        return Err(Problem::new(codes::UNSUPPORTED_MEDIA_TYPE, "send Content-Type: multipart/form-data"));
    }
    let mut taken = None;
    while let Some(part) = form.next().await {
        let mut part = part.map_err(broken)?;
        if part.name() != Some("file") || taken.is_some() {
            return Err(Problem::field(codes::UNKNOWN_FIELD, "/file", "send one part with the name `file`"));
        }
        taken = Some(keep(&call.web, &name_of(&part), &mut part).await?);
    }
    taken.ok_or_else(|| Problem::field(codes::REQUIRED, "/file", "send one part with the name `file`"))
}

/// What a client calls the file of a part.
pub fn name_of(part: &Field) -> String {
    part.content_disposition().and_then(ContentDisposition::get_filename).unwrap_or_default().to_owned()
}

/// Keeps the file of a part under its hash, and makes its name harmless.
pub async fn keep<E: std::fmt::Display>(
    web: &Web,
    name: &str,
    part: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<(Kept, DisplayName), Problem> {
    let store = web.attachments.clone();
    let mut incoming = hand_over::block(move || store.begin()).await?;
    while let Some(bytes) = part.next().await {
        let bytes = bytes.map_err(broken)?;
        incoming = hand_over::block(move || incoming.write(&bytes).map(|()| incoming)).await?;
    }
    let kept = hand_over::block(move || incoming.finish()).await?;
    Ok((kept, DisplayName::cleaned(name)))
}

/// A form that cannot be read.
pub fn broken(error: impl std::fmt::Display) -> Problem {
    Problem::new(codes::BAD_REQUEST, format!("the form cannot be read: {error}"))
}

/// What makes an upload one and the same: content and name.
pub fn attaching(web: &Web, kept: Kept, name: &DisplayName) -> Result<Question, Problem> {
    let desk = &web.desk;
    let id = AttachmentId(desk.random().uuid_v7(desk.clock().now()).map_err(Problem::internal)?);
    let mut salts = desk.random().stream().map_err(Problem::internal)?;
    let mut draw = || salts.bytes32();
    let mut sealer = Sealer::new(&mut draw);
    let hidden = sealer.seal("attachment/name", name.as_str());
    let attachment =
        Attachment { hash: kept.hash, bytes: kept.bytes, media_type: kept.media.to_string(), name: hidden };
    let command = Command::Attach { id, attachment };
    let hash = Hash::of(format!("{} {name}", kept.hash).as_bytes());
    Ok(Question { command, openings: sealer.into_openings(), hash })
}

/// The newest attachment with this content.
fn attached(exception: &Exception, hash: Hash) -> Option<(AttachmentId, &Attachment)> {
    let files = exception.files();
    files.filter(|(_, file)| file.hash == hash).map(|(id, file)| (*id, file)).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let shown = download("Bericht \"x\"\r\nfür Zoë.pdf").to_string();
        assert!(shown.starts_with("attachment; filename=\"Bericht _x___f_r Zo_.pdf\""), "{shown}");
        assert!(shown.contains("filename*=UTF-8''Bericht%20%22x%22%0D%0Af%C3%BCr%20Zo%C3%AB.pdf"), "{shown}");
    }
}

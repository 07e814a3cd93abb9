//! Label files and their conversion.

use axum::http::StatusCode;

use super::core::{Core, State};
use super::errors::ApiError;
use super::shipment::{Bought, LabelFormat};
use super::shipment_create::stored_json;
use crate::ids::hex32;
use crate::lock::locked;
use crate::net::{Answer, Request};
use crate::pdf;

pub(crate) fn convert(core: &Core, id: &str, request: &Request) -> Result<Answer, ApiError> {
    let format = request.param("file_format").ok_or_else(|| ApiError::required("file_format"))?;
    let format = LabelFormat::parse(format).ok_or_else(|| ApiError::invalid("file_format", "is invalid"))?;
    {
        let mut state = locked(&core.state);
        let State { shipments, labels, label_links_expired, .. } = &mut *state;
        let shipment = shipments.get_mut(id).ok_or_else(|| ApiError::not_found(id))?;
        let Some(bought) = &mut shipment.bought else {
            return Err(ApiError::invalid("postage_label", "the shipment has no postage label"));
        };
        if !bought.converted.contains(&format) {
            bought.converted.push(format);
        }
        if *label_links_expired {
            bought.file = hex32();
            bought.renewed = true;
            labels.insert(bought.file.clone(), id.to_owned());
        }
    }
    Ok(Answer::json(StatusCode::OK, &stored_json(core, id)?))
}

/// The label itself. Nobody asks for a key here: the name of the file is the secret.
pub(crate) fn file(core: &Core, name: &str) -> Result<Answer, ApiError> {
    let found = || {
        let (file, extension) = name.split_once('.')?;
        let format = LabelFormat::parse(extension)?;
        let state = locked(&core.state);
        let bought = state.shipments.get(state.labels.get(file)?)?.bought.clone()?;
        (bought.format == format || bought.converted.contains(&format)).then_some((bought, format))
    };
    let (bought, format) = found().ok_or_else(|| ApiError::not_found(name))?;
    if locked(&core.state).label_links_expired && !bought.renewed {
        return Ok(Answer::bytes(StatusCode::FORBIDDEN, "application/xml", EXPIRED.to_vec()));
    }
    let bytes = match format {
        LabelFormat::Png => PNG.to_vec(),
        LabelFormat::Pdf => pdf(&bought),
        LabelFormat::Zpl => zpl(&bought),
        LabelFormat::Epl2 => format!("N\nA50,50,0,3,1,1,N,\"{}\"\nP1\n", bought.tracking_code).into_bytes(),
    };
    Ok(Answer::bytes(StatusCode::OK, format.content_type(), bytes))
}

/// What a file store answers to a link whose time is over.
const EXPIRED: &[u8] = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

fn zpl(bought: &Bought) -> Vec<u8> {
    format!("^XA^FO50,50^A0N,40,40^FD{}^FS^XZ", bought.tracking_code).into_bytes()
}

/// One white pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00,
    0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0xF8, 0x0F, 0x00, 0x01, 0x01, 0x01, 0x00,
    0xB1, 0x38, 0xF6, 0x14, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
];

/// One page of 4 by 6 inches with the tracking code as text.
fn pdf(bought: &Bought) -> Vec<u8> {
    let service = format!("{} {}", bought.rate.carrier, bought.rate.service);
    pdf::page(&[&service, &bought.tracking_code, "SAMPLE - DO NOT SHIP"])
}

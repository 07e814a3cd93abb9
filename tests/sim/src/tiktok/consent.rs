//! The seller's consent and the exchange of codes for tokens.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::TokenPair;
use super::core::Core;
use super::reply::ApiError;
use crate::clock;
use crate::lock::locked;
use crate::net::{Answer, Request};

/// What the seller says on the consent page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    Granted,
    Denied,
}

/// The consent page: the seller has overrides at once and is sent back.
pub(crate) fn page(core: &Core, request: &Request) -> Answer {
    let known = request.param("app_key") == Some(&core.config.app_key)
        || request.param("service_id") == Some(&core.config.service_id);
    let redirect = locked(&core.redirect_url).clone();
    let (true, Some(redirect)) = (known, redirect) else {
        return Answer::bytes(StatusCode::BAD_REQUEST, "text/html", "This app cannot be authorized.");
    };
    let state = request.param("state").unwrap_or_default();
    let parameters = match *locked(&core.consent) {
        Consent::Granted => {
            let shops = core.config.shops.iter().map(|shop| shop.id.clone()).collect();
            let code = locked(&core.tokens).code_for(shops, clock::unix_seconds());
            vec![("code", code), ("state", state.to_owned())]
        }
        Consent::Denied => {
            let denied = "auth_denied".to_owned();
            vec![("code", "null".to_owned()), ("error", denied), ("state", state.to_owned())]
        }
    };
    match reqwest::Url::parse_with_params(&redirect, parameters) {
        Ok(url) => Answer::redirect(url.into()),
        Err(_) => Answer::bytes(StatusCode::BAD_REQUEST, "text/html", "The redirect URL is invalid."),
    }
}

pub(crate) fn token_get(core: &Core, request: &Request) -> Result<Value, ApiError> {
    check_app(core, request, "authorized_code")?;
    let code = required(request, "auth_code")?;
    let pair = locked(&core.tokens).exchange(code, &core.config, clock::unix_seconds())?;
    Ok(pair_json(core, &pair))
}

pub(crate) fn token_refresh(core: &Core, request: &Request) -> Result<Value, ApiError> {
    check_app(core, request, "refresh_token")?;
    let token = required(request, "refresh_token")?;
    let pair = locked(&core.tokens).refresh(token, &core.config, clock::unix_seconds())?;
    Ok(pair_json(core, &pair))
}

fn check_app(core: &Core, request: &Request, grant_type: &str) -> Result<(), ApiError> {
    // The authorization host answers HTTP 200 whatever happens.
    let refuse = |message: &str| Err(ApiError::business(36_009_004, message));
    if required(request, "app_key")? != core.config.app_key {
        return refuse("Invalid app_key.");
    }
    if required(request, "app_secret")? != core.config.app_secret {
        return refuse("Invalid app_secret.");
    }
    if required(request, "grant_type")? != grant_type {
        return refuse("Invalid grant_type.");
    }
    Ok(())
}

fn required<'a>(request: &'a Request, name: &str) -> Result<&'a str, ApiError> {
    request
        .param(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| ApiError::business(36_009_004, format!("param {name} is missing")))
}

fn pair_json(core: &Core, pair: &TokenPair) -> Value {
    let shop = core.config.shops.first();
    json!({
        "access_token": pair.access_token,
        "access_token_expire_in": pair.access_token_expires_at,
        "refresh_token": pair.refresh_token,
        "refresh_token_expire_in": pair.refresh_token_expires_at,
        "open_id": pair.open_id,
        "seller_name": shop.map(|shop| shop.name.as_str()).unwrap_or_default(),
        "seller_base_region": shop.map(|shop| shop.region.code()).unwrap_or_default(),
        "user_type": 0,
        "granted_scopes": [
            "seller.authorization.info", "seller.order.info", "seller.fulfillment.basic",
            "seller.logistics", "seller.product.basic", "seller.return_refund.basic",
            "seller.customer_service",
        ],
    })
}

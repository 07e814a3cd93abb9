//! Order detail answers, read into the domain's orders.
//!
//! Only the client as a whole can be called, so it is: on one thread, against a server on another that always gives
//! the same answer. Its CPU time is taken with an answer full of orders, and with one as long without orders; the
//! difference is what the orders cost.

use std::sync::Arc;
use std::time::Duration;

use backend_sqlite::SqliteBackend;
use bench::data::orders::{answer, empty_answer};
use bench::report::{Report, Row, duration};
use bench::{canned, cpu, sandbox};
use domain::market::Market;
use domain::{OrderId, Private, ShopId};
use system::{Clock as _, SystemClock};
use tiktok::{ShopAccess, TikTok, TokenSet};

const ACCOUNT: &str = "seller-1";

pub fn run(report: &mut Report) -> anyhow::Result<()> {
    for (orders, calls) in [(1, 5_000), (50, 600)] {
        let full = answer(orders);
        let kilobytes = full.len() / 1024;
        let whole = call(&full, calls, orders)?;
        let exchange = call(&empty_answer(&full), calls, 0)?;
        let parse = whole.saturating_sub(exchange);
        let remark = format!("CPU; {kilobytes} KB; the HTTP call {} more", duration(exchange));
        report
            .add(&Row::median(format!("answer with {orders} order(s) read"), calls, parse).remark(remark))?;
    }
    Ok(())
}

/// The CPU time of one call of `TikTok::orders`: the median of the rounds.
fn call(answer: &str, calls: usize, orders: usize) -> anyhow::Result<Duration> {
    let url = canned::serve(answer)?;
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let tiktok = client(&url, folder.path()).await?;
        let id = |n: usize| OrderId::new((576_461_000_000_000_000 + n as u64).to_string());
        let ids: Vec<OrderId> = (0..orders.max(1)).map(id).collect();
        let mut shops = 0;
        let spread = cpu::per_call(calls, || {
            shops += 1;
            let (tiktok, ids, shop) = (&tiktok, &ids, shop(shops));
            async move {
                let read = tiktok.orders(&shop, ids).await?;
                let all = read.len() == orders && read.iter().all(Result::is_ok);
                anyhow::ensure!(all, "the orders can't be read");
                Ok(())
            }
        });
        Ok(spread.await?.percentile(50))
    })
}

async fn client(url: &str, folder: &std::path::Path) -> anyhow::Result<TikTok> {
    let clock = Arc::new(SystemClock);
    let store = Arc::new(SqliteBackend::open(folder, clock.clone())?);
    let config = sandbox::config(folder, url, url)?.tiktok;
    let tiktok = TikTok::new(tiktok::http_client()?, config, clock, store);
    let hours = |hours| SystemClock.now() + jiff::SignedDuration::from_hours(hours);
    let tokens = TokenSet {
        access: Private::from("access"),
        refresh: Private::from("refresh"),
        access_expires_at: hours(7 * 24),
        refresh_expires_at: hours(365 * 24),
        open_id: ACCOUNT.to_owned(),
        seller_name: "Sandbox Supply Co.".to_owned(),
        region: "US".to_owned(),
        granted_scopes: Vec::new(),
    };
    tiktok.store_tokens(&tokens).await?;
    Ok(tiktok)
}

/// A shop of its own for each call: the client paces the calls for one shop.
fn shop(number: usize) -> ShopAccess {
    ShopAccess {
        account: ACCOUNT.to_owned(),
        cipher: Private::from("cipher"),
        shop: ShopId::new(number.to_string()),
        market: Market::united_states(),
    }
}

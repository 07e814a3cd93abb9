//! One carrier account that does not answer holds up only what needs it.

use std::collections::BTreeSet;

use crate::support::{Running, connect, finish, json, live, punctual, until};
use sim::faults::FaultRates;
use sim::sandbox::{Kind, orders};
use sim::tiktok::ShippingType;
use sim::{CallKind, Sandbox, SandboxConfig};

/// How many orders need each account.
const ORDERS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn platform_labels_are_bought_while_the_sellers_carrier_is_dead() {
    let sandbox = one_account_is_dead(ShippingType::TikTok, |sandbox| {
        let dead = FaultRates { hang: 1.0, ..FaultRates::default() };
        sandbox.easypost.faults().set_rates(dead);
    });
    let sandbox = sandbox.await;
    assert_eq!(sandbox.easypost.purchases().len(), 0);
    assert!(!sandbox.easypost.calls().is_empty(), "the dead account was called");
}

#[tokio::test(flavor = "multi_thread")]
async fn own_labels_are_bought_while_platform_labels_are_not_to_be_had() {
    let sandbox = one_account_is_dead(ShippingType::Seller, |sandbox| {
        let only = Some(vec![CallKind::CreatePackages]);
        let dead = FaultRates { hang: 1.0, only, ..FaultRates::default() };
        sandbox.tiktok.faults().set_rates(dead);
    });
    let sandbox = sandbox.await;
    assert!(sandbox.tiktok.calls().contains_key(&CallKind::CreatePackages), "the dead account was called");
}

/// Runs the host on orders of both kinds while one account is dead, until all that need the other account are uploaded.
async fn one_account_is_dead(healthy: ShippingType, kill: impl Fn(&Sandbox)) -> Sandbox {
    let config = SandboxConfig { orders: 0, seed: 5, ..SandboxConfig::default() };
    let mut sandbox = sim::sandbox::start(config).await.unwrap();
    kill(&sandbox);
    let mut drawn: Vec<_> =
        orders(200, 5).into_iter().filter(|order| order.kind == Kind::Light).take(2 * ORDERS).collect();
    for order in drawn.iter_mut().step_by(2) {
        order.spec.shipping = ShippingType::TikTok;
    }
    let is_healthy: Vec<bool> = drawn.iter().map(|order| order.spec.shipping == healthy).collect();
    let ids = sandbox.add(drawn).into_iter().zip(is_healthy);
    let expected: BTreeSet<String> =
        ids.filter_map(|(id, is_healthy)| is_healthy.then(|| id.to_string())).collect();
    assert_eq!(expected.len(), ORDERS);

    let data = tempfile::tempdir().unwrap();
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    connect(&sandbox, &running.link()).await;
    let uploaded = || -> BTreeSet<String> {
        let mut list = punctual(data.path());
        list.args(["orders", "--stage", "uploaded", "--limit", "500", "--json"]);
        let list = json(&finish(&mut list));
        let orders = list["orders"].as_array().unwrap().iter();
        orders.map(|order| order["order"].as_str().unwrap().to_owned()).collect()
    };
    until("every order that needs the healthy account is uploaded", || expected.is_subset(&uploaded())).await;
    running.terminate();
    sandbox
}

// Loss and accuracy, epoch by epoch, while a network learns.
"use strict";

const place = document.getElementById("curves");
const words = place.dataset;
const charts = [];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "gray";
}

function chart(title, range) {
  const axis = { stroke: colour("--body-fg"), grid: { stroke: colour("--hairline-color") } };
  return new uPlot({
    title,
    legend: { live: false },
    width: Math.min(420, place.clientWidth),
    height: 260,
    scales: { x: { time: false }, y: { range } },
    axes: [{ ...axis, incrs: [1, 2, 5, 10] }, axis],
    series: [
      { label: words.epoch },
      { label: words.training, stroke: colour("--link-fg"), width: 2, dash: [6, 4] },
      { label: words.validation, stroke: colour("--error-fg"), width: 2, points: { show: true } },
    ],
  }, [[], [], []], place);
}

async function look() {
  const answer = await fetch(words.source, { headers: { Accept: "application/json" } }).catch(() => null);
  const run = answer?.ok ? await answer.json() : { open: true, epochs: [] };
  if (run.epochs.length && !charts.length) {
    charts.push(chart(words.loss), chart(words.accuracy));
  }
  charts[0]?.setData([run.epochs, run.loss, run.val_loss]);
  charts[1]?.setData([run.epochs, run.accuracy, run.val_accuracy]);
  if (run.open) setTimeout(look, 2000);
}

look();

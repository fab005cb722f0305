/** A picture of 100 megapixels in the workbench: time to the first image, and to full resolution of a part at one to one, at 1.25 MB/s. Its DICOM is 16-bit. */
import sharp from "sharp";

const side = 10_000;
/** Bytes a second. */
const line = 1.25e6;

/** A film of the size: large shapes, fine lines and some noise, grey. */
function image() {
  const data = new Uint8Array(side * side);
  for (let y = 0, i = 0; y < side; y++)
    for (let x = 0; x < side; x++, i++)
      data[i] =
        60 + 90 * Math.exp(-(((x - 5000) / 3000) ** 2)) + (((x >> 6) + (y >> 6)) % 2) * 20 + ((x * 31 + y * 17) % 13);
  return data;
}

/**
 * @param page logged in. @param send uploads `[name, bytes]` and waits until the study is ready; returns its id and seconds.
 * @param until polls an expression in the page. @param dicom writes an instance. @returns rows.
 */
export async function largeRows({ page, url, send, until, dicom, log }) {
  const grey = image();
  const jpeg = await sharp(grey, { raw: { width: side, height: side, channels: 1 }, limitInputPixels: false })
    .jpeg({ quality: 90 })
    .toBuffer();
  const wide = Uint16Array.from(grey, (value) => value * 16);
  const instance = dicom(side, new Int16Array(wide.buffer));
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const rows = [];
  for (const [name, file, bytes] of [
    ["DICOM", "large.dcm", instance],
    ["JPEG", "large.jpg", jpeg],
  ]) {
    log(`workbench: ${name} of 100 megapixels, ${(bytes.length / 1e6).toFixed(0)} MB`);
    const { study, seconds } = await send(file, bytes);
    await session.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 20,
      downloadThroughput: line,
      uploadThroughput: line,
    });
    await page.goto("about:blank");
    await page.goto(`${url}/#/study/${study}/report`);
    const now = "performance.now()";
    const first = await until(
      page,
      `performance.getEntriesByName("polyclinic:first-picture")[0]?.startTime ?? performance.getEntriesByName("polyclinic:draw")[0]?.startTime`,
    );
    const from = await until(
      page,
      `document.querySelector(".corner.bottom.right")?.textContent.includes("%") && ${now}`,
    );
    await page.keyboard.press("/");
    const whole = await until(
      page,
      `document.querySelector(".corner.bottom.right")?.textContent === "100 %" && performance.getEntriesByName("polyclinic:tiles-complete").find(({ startTime }) => startTime > ${from} + 200) && ${now}`,
    );
    await session.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
    const note = "n 1, 1.25 MB/s, 20 ms";
    rows.push(
      { id: `workbench.first image of a ${name} of 100 megapixels, page load included`, ours: first, unit: "ms", note },
      { id: `workbench.${name} of 100 megapixels: one to one after the fit`, ours: whole - from, unit: "ms", note },
      {
        id: `workbench.${name} of 100 megapixels read after the upload`,
        ours: seconds * 1000,
        unit: "ms",
        note: "n 1",
      },
    );
  }
  return rows;
}

import { expect, test } from "vitest";
import { type PlanePoint, simplified, sizeWords, visitEnclosed } from "./measures.ts";

const drawn = (kind: "ellipse" | "region", points: readonly PlanePoint[], width: number, height: number) => {
  const rows = Array.from({ length: height }, () => new Array<string>(width).fill("."));
  visitEnclosed({ kind, points }, width, height, (x, y) => {
    rows[y][x] = "#";
  });
  return rows.map((row) => row.join(""));
};

test("an outline encloses the pixels whose centres lie in it", () => {
  const triangle = [[0, 0], [6, 0], [0, 6]] as const; // biome-ignore format: one line
  expect(drawn("region", triangle, 6, 6)).toEqual(["#####.", "####..", "###...", "##....", "#.....", "......"]);
  // Half pixels: an edge that runs through centres belongs to the pixels right of and below it.
  expect(drawn("region", [[0.5, 0.5], [2.5, 0.5], [2.5, 2.5], [0.5, 2.5]], 4, 4)).toEqual(["##..", "##..", "....", "...."]); // biome-ignore format: one line
  expect(drawn("ellipse", [[0, 0], [4, 4]], 4, 4)).toEqual([".##.", "####", "####", ".##."]); // biome-ignore format: one line
});

test("a polygon that crosses itself encloses by the even-odd rule; the outside of the image is cut off", () => {
  const bow = [[0, 0], [4, 4], [4, 0], [0, 4]] as const; // biome-ignore format: one line
  const twice = [...bow, ...bow];
  expect(drawn("region", bow, 4, 4).join("")).toContain("#");
  expect(drawn("region", twice, 4, 4).join("")).not.toContain("#");
  expect(drawn("region", [[-9, -9], [9, -9], [9, 9], [-9, 9]], 3, 2)).toEqual(["###", "###"]); // biome-ignore format: one line
});

test("equals the definition, pixel by pixel, for random polygons and ellipses", () => {
  const wrong: string[] = [];
  let seed = 7;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return (seed / 2147483647) * 24 - 2;
  };
  for (let round = 0; round < 200; round++) {
    const points = Array.from({ length: 3 + (round % 9) }, () => [random(), random()] as const);
    const polygon = drawn("region", points, 20, 20);
    const ellipse = drawn("ellipse", points.slice(0, 2), 20, 20);
    const [[x0, y0], [x1, y1]] = points;
    for (let y = 0; y < 20; y++)
      for (let x = 0; x < 20; x++) {
        const [cx, cy] = [x + 0.5, y + 0.5];
        const crossed = points.filter(([ax, ay], i) => {
          const [bx, by] = points[(i + 1) % points.length];
          return ay <= cy !== by <= cy && ax + ((cy - ay) / (by - ay)) * (bx - ax) <= cx;
        }).length;
        if ((polygon[y][x] === "#") !== (crossed % 2 === 1)) wrong.push(`polygon ${round}: ${x} ${y}`);
        const far = ((cx - (x0 + x1) / 2) / ((x1 - x0) / 2)) ** 2 + ((cy - (y0 + y1) / 2) / ((y1 - y0) / 2)) ** 2;
        if (Math.abs(far - 1) > 1e-9 && (ellipse[y][x] === "#") !== far <= 1) wrong.push(`ellipse ${round}: ${x} ${y}`);
      }
  }
  expect(wrong).toEqual([]);
});

test("sizes are in millimetres where the spacing is known", () => {
  const square = [[0, 0], [10, 0], [10, 10], [0, 10]] as const; // biome-ignore format: one line
  expect(sizeWords({ kind: "region", points: square }, undefined)).toBe("100 px²");
  expect(sizeWords({ kind: "region", points: square }, [2, 1])).toBe("2.00 cm²");
  expect(sizeWords({ kind: "region", points: square }, [0.001, 0.001])).toBe("100 µm²");
  expect(sizeWords({ kind: "length", points: [[0, 0], [3, 4]] }, [1, 1])).toBe("5.0 mm"); // biome-ignore format: one line
});

test("a drawn line is simplified, and no vertex is further off than the tolerance", () => {
  const circle = Array.from({ length: 400 }, (_, i) => {
    const angle = (i / 400) * 2 * Math.PI;
    return [50 + 30 * Math.cos(angle), 50 + 30 * Math.sin(angle)] as const;
  });
  const few = simplified(circle, 0.5);
  expect(few.length).toBeLessThan(40);
  expect(few.length).toBeGreaterThan(10);
  const straight = Array.from({ length: 50 }, (_, i) => [i, i] as const);
  expect(simplified(straight, 0.1)).toEqual([[0, 0], [49, 49]]); // biome-ignore format: one line
});

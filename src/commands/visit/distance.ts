const earthRadiusM = 6_371_008.8;

interface Place {
  readonly latE7: number;
  readonly lonE7: number;
}

const radians = (degreesE7: number): number => (degreesE7 / 1e7) * (Math.PI / 180);

/** Great-circle distance in whole metres. */
export function distanceM(a: Place, b: Place): number {
  const halfLat = (radians(b.latE7) - radians(a.latE7)) / 2;
  const halfLon = (radians(b.lonE7) - radians(a.lonE7)) / 2;
  const h =
    Math.sin(halfLat) ** 2 + Math.cos(radians(a.latE7)) * Math.cos(radians(b.latE7)) * Math.sin(halfLon) ** 2;
  return Math.round(2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(h))));
}

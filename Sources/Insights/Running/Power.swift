import Glibc

package enum Power {
  package static func of(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}

/** A runner's number on the cloth that it carries; the colours help, the number tells. */
export function Saddlecloth({ number }: { readonly number: number }) {
  return (
    <span class="cloth" data-number={number}>
      {number}
    </span>
  );
}
